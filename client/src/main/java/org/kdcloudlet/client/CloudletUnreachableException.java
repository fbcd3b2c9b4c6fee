package org.kdcloudlet.client;

/** Nobody answered, or the connection ended before the answer did. Trying again makes sense, perhaps at another cloudlet. */
public final class CloudletUnreachableException extends CloudletException {
    private static final long serialVersionUID = 1L;

    CloudletUnreachableException(String message, Throwable cause) {
        super(message, true, cause);
    }
}
