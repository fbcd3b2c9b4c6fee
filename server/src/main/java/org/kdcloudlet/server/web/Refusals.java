package org.kdcloudlet.server.web;

import java.nio.ByteBuffer;
import java.util.function.IntFunction;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/**
 * Answers what Jetty refuses by itself, e.g. a request line that is too long: in the form of the server's other errors, and
 * without repeating anything of the request or of our insides.
 */
final class Refusals extends ErrorHandler {
    private final IntFunction<Reply> form;

    /** @param form the reply for a status */
    Refusals(IntFunction<Reply> form) {
        this.form = form;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Reply reply = form.apply(response.getStatus());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, reply.contentType());
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, reply.body().length);
        response.getHeaders().put(ERROR_CACHE_CONTROL);
        // No handler of ours has seen the request, that of these headers included.
        response.getHeaders().put("X-Content-Type-Options", "nosniff");
        response.getHeaders().put("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        response.write(true, ByteBuffer.wrap(reply.body()), callback);
        return true;
    }
}
