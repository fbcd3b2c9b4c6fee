package org.kdcloudlet.client;

import java.time.Duration;
import java.util.Optional;

/**
 * The cloudlet answered, and refused. Trying again makes sense when it is busy or in trouble (429, 500 and above), not when
 * it does not know or allow what was asked.
 */
public final class CloudletRefusedException extends CloudletException {
    private static final long serialVersionUID = 1L;
    private static final int NOT_PAIRED = 401;
    private static final int REVOKED = 403;
    private static final int NOT_FOUND = 404;
    private static final int TOO_MANY = 429;

    /** The HTTP status. */
    private final int status;
    /** Seconds to wait, negative when the cloudlet did not say. */
    private final long retryAfterSeconds;

    CloudletRefusedException(String message, int status, long retryAfterSeconds) {
        super(message, status == TOO_MANY || status >= 500, null);
        this.status = status;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /**
     * The HTTP status of the answer (spec/device-api.md).
     *
     * @return 400 to 599
     */
    public int status() {
        return status;
    }

    /**
     * Whether this device may not use the cloudlet: it is not paired, or its authorization was revoked or has expired.
     *
     * @return true for 401 and 403
     */
    public boolean isAuthorizationMissing() {
        return status == NOT_PAIRED || status == REVOKED;
    }

    /**
     * Whether what was asked for is not there.
     *
     * @return true for 404
     */
    public boolean isNotFound() {
        return status == NOT_FOUND;
    }

    /**
     * When to come again.
     *
     * @return empty when the cloudlet did not say
     */
    public Optional<Duration> retryAfter() {
        return retryAfterSeconds < 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(retryAfterSeconds));
    }
}
