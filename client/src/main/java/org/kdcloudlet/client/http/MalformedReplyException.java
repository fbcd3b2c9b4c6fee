package org.kdcloudlet.client.http;

import java.io.IOException;

/** What came back is not what the device API promises. */
public final class MalformedReplyException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * Says what is wrong.
     *
     * @param message without anything that came from the other side
     */
    public MalformedReplyException(String message) {
        super(message);
    }
}
