package org.kdcloudlet.client;

/** What came back is not what the device API promises: malformed, too large, redirected, not to be decrypted. Trying again
 * is pointless until the cloudlet is mended. */
public final class CloudletReplyException extends CloudletException {
    private static final long serialVersionUID = 1L;

    CloudletReplyException(String message, Throwable cause) {
        super(message, false, cause);
    }
}
