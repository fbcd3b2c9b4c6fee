package org.kdcloudlet.client;

/** The time for a call is over and there is no answer. Whether the cloudlet did what was asked is not known. Trying again
 * makes sense, perhaps at another cloudlet. */
public final class CloudletDeadlineException extends CloudletException {
    private static final long serialVersionUID = 1L;

    CloudletDeadlineException(String message, Throwable cause) {
        super(message, true, cause);
    }
}
