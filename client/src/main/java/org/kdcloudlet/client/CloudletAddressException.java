package org.kdcloudlet.client;

/** A text that should be the address of a cloudlet, typed or from a QR code, and is none. Trying again is pointless. */
public final class CloudletAddressException extends CloudletException {
    private static final long serialVersionUID = 1L;

    CloudletAddressException(String message) {
        super(message, false, null);
    }
}
