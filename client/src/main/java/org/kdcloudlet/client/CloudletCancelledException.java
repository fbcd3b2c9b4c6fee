package org.kdcloudlet.client;

/** The call was given up on this side: its thread was interrupted or its client closed. */
public final class CloudletCancelledException extends CloudletException {
    private static final long serialVersionUID = 1L;

    CloudletCancelledException(String message, Throwable cause) {
        super(message, false, cause);
    }
}
