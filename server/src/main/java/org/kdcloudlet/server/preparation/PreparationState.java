package org.kdcloudlet.server.preparation;

/** Where a preparation is. */
public enum PreparationState {
    /** Its machine is being made. */
    STARTING,
    /** The guest runs. */
    RUNNING,
    /** The guest's CPUs stand still; it was halted, for instance by a full disk. */
    PAUSED,
    /** The guest switched itself off; it can be saved, or started again. */
    POWERED_OFF,
    /** It is being saved as an image version. */
    SAVING,
    /** Its machine ended by itself, and what was done in it is lost; it can only be discarded. */
    FAILED
}
