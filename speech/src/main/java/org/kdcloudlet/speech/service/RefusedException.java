package org.kdcloudlet.speech.service;

/** A request cannot be served; the message is the sentence that its sender gets before the connection is closed. */
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    RefusedException(String message) {
        super(message);
    }
}
