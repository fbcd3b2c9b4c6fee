package org.kdcloudlet.server.instance;

/** Where an instance is in its life. */
public enum InstanceState {
    /** Its machine is being made, or its service does not answer yet. */
    STARTING,
    /** Its service answers. */
    READY,
    /** Its machine is halted. */
    PAUSED,
    /** Its memory is on disk and no machine runs. */
    SUSPENDED,
    /** It is being stopped and removed. */
    STOPPING,
    /** Its machine ended by itself; kept for a while to be looked at. */
    FAILED;

    /** Whether it has a machine whose service answers, or does as soon as it is not halted any more. */
    public boolean isUp() {
        return this == READY || this == PAUSED;
    }
}
