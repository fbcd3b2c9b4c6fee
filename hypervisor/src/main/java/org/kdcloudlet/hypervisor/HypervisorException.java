package org.kdcloudlet.hypervisor;

import java.util.Objects;

/** The hypervisor could not do what it was asked for. The message is one sentence for an operator. */
public final class HypervisorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final HypervisorError error;

    public HypervisorException(HypervisorError error, String message) {
        super(message);
        this.error = Objects.requireNonNull(error);
    }

    public HypervisorException(HypervisorError error, String message, Throwable cause) {
        super(message, cause);
        this.error = Objects.requireNonNull(error);
    }

    public HypervisorError error() {
        return error;
    }
}
