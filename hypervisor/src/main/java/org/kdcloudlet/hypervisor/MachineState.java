package org.kdcloudlet.hypervisor;

/** Where a machine is in its life. */
public enum MachineState {
    RUNNING,
    PAUSED,
    /** The process is gone; see {@link Machine#exit()}. */
    ENDED
}
