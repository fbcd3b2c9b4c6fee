package org.kdcloudlet.server.instance;

import java.util.UUID;
import org.kdcloudlet.hypervisor.MachineSpec;

/** Room for machines that are no instances, counted in the same limits. Safe for use by many threads. */
public interface MachineRoom {
    /**
     * Takes room for a machine that is about to start, at the cost of machines that wait in pools if need be.
     *
     * @throws org.kdcloudlet.server.error.CloudletException NO_ROOM with the figures
     */
    void take(UUID machine, MachineSpec spec);

    /** Counts a machine that runs already. */
    void count(UUID machine, MachineSpec spec);

    /** Gives it back. Does nothing if it was. */
    void giveBack(UUID machine);
}
