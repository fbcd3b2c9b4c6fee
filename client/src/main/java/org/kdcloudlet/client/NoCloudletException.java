package org.kdcloudlet.client;

/** No cloudlet in reach can be chosen for a service; the message says why for each. Trying again makes sense when the device has
 * moved or cloudlets have come. */
public final class NoCloudletException extends CloudletException {
    private static final long serialVersionUID = 1L;

    NoCloudletException(String message, Throwable cause) {
        super(message, true, cause);
    }
}
