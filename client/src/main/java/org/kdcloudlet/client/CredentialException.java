package org.kdcloudlet.client;

/** The device has no usable credential for a cloudlet that wants encrypted commands. Pair the device first; trying again
 * before is pointless. */
public final class CredentialException extends CloudletException {
    private static final long serialVersionUID = 1L;

    CredentialException(String message, Throwable cause) {
        super(message, false, cause);
    }
}
