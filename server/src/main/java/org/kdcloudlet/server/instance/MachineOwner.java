package org.kdcloudlet.server.instance;

import org.kdcloudlet.hypervisor.Machine;

/** Who has machines that are no instances, and takes them over from an earlier server. */
public interface MachineOwner {
    /** Takes over a machine that an earlier server left; false if it is not this owner's, and then it is stopped. */
    boolean adopt(Machine machine);

    /** Called once when all machines that there are were shown. */
    void adopted();
}
