package org.kdcloudlet.hypervisor;

import java.util.List;

/**
 * What was found of an earlier process.
 *
 * @param running machines that still run and are now ours
 * @param lost machines whose process is gone, with the tail of their log; nothing else of them is left
 */
public record Adoption(List<Machine> running, List<Lost> lost) {
    public Adoption {
        running = List.copyOf(running);
        lost = List.copyOf(lost);
    }

    /** A machine that ended while nobody watched. */
    public record Lost(MachineRequest request, MachineExit exit) {}
}
