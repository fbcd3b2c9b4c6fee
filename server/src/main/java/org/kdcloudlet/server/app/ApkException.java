package org.kdcloudlet.server.app;

/** A file is not an Android package that can be read within the limits; the message says why, as the end of a sentence. */
final class ApkException extends Exception {
    private static final long serialVersionUID = 1L;

    ApkException(String message) {
        super(message);
    }

    ApkException(String message, Throwable cause) {
        super(message, cause);
    }
}
