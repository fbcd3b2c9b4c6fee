package org.kdcloudlet.client.http;

import java.io.IOException;

/** The time for the whole exchange is over. */
public final class DeadlinePassedException extends IOException {
    private static final long serialVersionUID = 1L;

    DeadlinePassedException() {
        super("the deadline has passed");
    }
}
