package org.kdcloudlet.server.cli;

/** A command could not do what it was asked for. The message is the one line that the operator gets to see. */
class CommandFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitStatus;

    CommandFailedException(int exitStatus, String message) {
        super(message);
        this.exitStatus = exitStatus;
    }

    /** See {@link ExitStatus}. */
    int exitStatus() {
        return exitStatus;
    }
}
