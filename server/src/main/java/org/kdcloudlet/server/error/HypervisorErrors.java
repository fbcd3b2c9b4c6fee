package org.kdcloudlet.server.error;

import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/** The one place where an error of the hypervisor becomes an error of the server. */
public final class HypervisorErrors {
    private HypervisorErrors() {}

    public static CloudletException translate(HypervisorException exception) {
        return new CloudletException(code(exception.error()), exception.getMessage(), exception);
    }

    private static ErrorCode code(HypervisorError error) {
        return switch (error) {
            case UNAVAILABLE -> ErrorCode.HYPERVISOR_UNAVAILABLE;
            case IMAGE_INVALID -> ErrorCode.IMAGE_INVALID;
            case AGENT_MISSING -> ErrorCode.AGENT_MISSING;
            case NOT_READY -> ErrorCode.NOT_READY;
            case PORTS_EXHAUSTED -> ErrorCode.PORTS_EXHAUSTED;
            case NO_SPACE -> ErrorCode.STORAGE_FULL;
            case WRONG_STATE -> ErrorCode.CONFLICT;
            case MACHINE_FAILED, TIMEOUT, TEMPLATE_INVALID, FAILED -> ErrorCode.START_FAILED;
        };
    }
}
