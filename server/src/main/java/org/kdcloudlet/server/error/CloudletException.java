package org.kdcloudlet.server.error;

import java.util.Map;
import java.util.Objects;

/**
 * The server could not do what it was asked for. The message is one sentence for a person and says what to do next where
 * there is something to do; it never holds a secret.
 */
public final class CloudletException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final transient Map<String, Object> details;

    public CloudletException(ErrorCode code, String message) {
        this(code, message, Map.of());
    }

    /**
     * @param details for programs: strings, numbers, booleans, and lists and maps of these
     */
    public CloudletException(ErrorCode code, String message, Map<String, Object> details) {
        super(message);
        this.code = Objects.requireNonNull(code);
        this.details = Map.copyOf(details);
    }

    public CloudletException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = Objects.requireNonNull(code);
        this.details = Map.of();
    }

    public ErrorCode code() {
        return code;
    }

    public Map<String, Object> details() {
        return details == null ? Map.of() : details;
    }
}
