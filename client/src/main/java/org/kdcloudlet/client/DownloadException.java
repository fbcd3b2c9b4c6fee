package org.kdcloudlet.client;

/** A download does not have the content that was announced, or cannot be stored. */
public final class DownloadException extends CloudletException {
    private static final long serialVersionUID = 1L;

    DownloadException(String message, Throwable cause) {
        super(message, false, cause);
    }
}
