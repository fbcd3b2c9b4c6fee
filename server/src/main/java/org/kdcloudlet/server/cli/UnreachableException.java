package org.kdcloudlet.server.cli;

/** No answer came, or half of one: what was asked for may have been done or not. */
final class UnreachableException extends CommandFailedException {
    private static final long serialVersionUID = 1L;

    UnreachableException(int exitStatus, String message) {
        super(exitStatus, message);
    }

    UnreachableException(CommandFailedException why) {
        this(why.exitStatus(), why.getMessage());
    }
}
