package org.kdcloudlet.server.cli;

import org.eclipse.jetty.http.HttpStatus;
import org.kdcloudlet.server.error.ErrorCode;

/** The server answered, and refused. */
final class RefusedException extends CommandFailedException {
    private static final long serialVersionUID = 1L;
    private static final int SERVER_ERRORS = 500;

    private final int status;
    private final String code;

    /**
     * @param status of HTTP
     * @param code of the cloudlet, empty when none came
     */
    RefusedException(int status, String code, CommandFailedException why) {
        super(why.exitStatus(), why.getMessage());
        this.status = status;
        this.code = code;
    }

    /** Whether the server does not know the one who asks. */
    boolean isOfAStranger() {
        return status == HttpStatus.UNAUTHORIZED_401;
    }

    /** Whether the same may be done soon: somebody else is at it, the server is starting anew, or what is before it says so. */
    boolean isPassing() {
        return code.equals(ErrorCode.CONFLICT.name())
                || code.equals(ErrorCode.SHUTTING_DOWN.name())
                || code.isEmpty() && status >= SERVER_ERRORS;
    }
}
