package org.kdcloudlet.server.operation;

/** Where an operation is in its life. */
public enum OperationState {
    RUNNING,
    SUCCEEDED,
    FAILED,
    CANCELLED;

    public boolean ended() {
        return this != RUNNING;
    }
}
