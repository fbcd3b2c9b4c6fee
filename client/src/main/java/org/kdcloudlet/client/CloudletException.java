package org.kdcloudlet.client;

/**
 * A call to a cloudlet that did not succeed. Each subclass is one kind of failure; {@link #isRetryable()} says whether the
 * same call may succeed later, without anybody changing anything.
 */
public abstract class CloudletException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Whether trying again makes sense. */
    private final boolean retryable;

    /**
     * For subclasses.
     *
     * @param message one sentence that says what to do next; without secrets
     * @param retryable whether trying again makes sense
     * @param cause may be null
     */
    protected CloudletException(String message, boolean retryable, Throwable cause) {
        super(message, cause);
        this.retryable = retryable;
    }

    /**
     * Whether trying again makes sense.
     *
     * @return true when the same call may succeed later
     */
    public final boolean isRetryable() {
        return retryable;
    }
}
