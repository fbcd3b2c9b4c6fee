package org.kdcloudlet.server.web;

import io.javalin.http.Context;

/** What a request is answered with; always with its length, never chunked. */
public interface Answer {
    /** Makes this the answer to a request. */
    void sendTo(Context context);
}
