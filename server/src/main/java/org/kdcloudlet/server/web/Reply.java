package org.kdcloudlet.server.web;

import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;

/**
 * A whole reply. It is sent with its length and never in chunks, which clients of the device API rely on; a HEAD request gets
 * the same without the body.
 *
 * @param status HTTP status
 * @param contentType with its charset
 * @param body not copied: whoever made it must not change it
 * @param headers more headers
 */
public record Reply(int status, String contentType, byte[] body, Map<String, String> headers) implements Answer {
    private static final String JSON = "application/json";
    private static final String TEXT = "text/plain; charset=utf-8";

    public Reply {
        headers = Map.copyOf(headers);
    }

    public static Reply json(byte[] body) {
        return json(200, body);
    }

    public static Reply json(int status, byte[] body) {
        return new Reply(status, JSON, body, Map.of());
    }

    /** One line of text; how errors are told. */
    public static Reply text(int status, String line) {
        return new Reply(status, TEXT, (line + "\n").getBytes(StandardCharsets.UTF_8), Map.of());
    }

    /** The words of an HTTP status as one line of text. */
    public static Reply refusal(int status) {
        return text(status, HttpStatus.getMessage(status));
    }

    public Reply with(Map<String, String> moreHeaders) {
        return new Reply(status, contentType, body, moreHeaders);
    }

    @Override
    public void sendTo(Context context) {
        context.status(status);
        context.contentType(contentType);
        headers.forEach(context::header);
        context.header("Cache-Control", "no-store");
        context.header("X-Content-Type-Options", "nosniff");
        context.header("Content-Length", Integer.toString(body.length));
        context.result(body);
    }
}
