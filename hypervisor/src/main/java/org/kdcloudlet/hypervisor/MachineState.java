package org.kdcloudlet.hypervisor;

/** Where a machine is in its life. */
public enum MachineState {
    RUNNING,
    PAUSED,
    /** The guest switched itself off, and its machine stays; see {@link Hypervisor#prepare}. */
    POWERED_OFF,
    /** The process is gone; see {@link Machine#exit()}. */
    ENDED
}
