package org.kdcloudlet.client.http;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** One request. Not thread-safe. */
public final class Request {
    private final String method;
    private final String path;
    private final byte[] body;
    private final boolean repeatable;
    private final Map<String, String> headers = new LinkedHashMap<>();

    private Request(String method, String path, byte[] body, boolean repeatable) {
        this.method = method;
        this.path = path;
        this.body = body;
        this.repeatable = repeatable;
    }

    /**
     * A request without a body.
     *
     * @param path with its query, encoded
     * @param repeatable whether it changes nothing: then it may go over a connection that was used before, and is sent once
     *     more when that connection turns out to be dead
     * @return to be given headers
     */
    public static Request get(String path, boolean repeatable) {
        return new Request("GET", path, new byte[0], repeatable);
    }

    /**
     * A form, which is never sent twice.
     *
     * @param path without a query
     * @param form encoded
     * @return to be given headers
     */
    public static Request post(String path, String form) {
        Request request = new Request("POST", path, form.getBytes(StandardCharsets.US_ASCII), false);
        return request.header("Content-Type", "application/x-www-form-urlencoded");
    }

    /**
     * Adds a header.
     *
     * @param name of the header
     * @param value without line breaks
     * @return this
     */
    public Request header(String name, String value) {
        if (value.chars().anyMatch(character -> character < ' ' || character > '~')) {
            throw new IllegalArgumentException(
                    "The value of the header " + name + " has characters that are not allowed.");
        }
        headers.put(name, value);
        return this;
    }

    boolean isRepeatable() {
        return repeatable;
    }

    /** All of it in one piece, so that it leaves in one packet. */
    byte[] bytes(String host) {
        StringBuilder head = new StringBuilder(256);
        head.append(method)
                .append(' ')
                .append(path)
                .append(" HTTP/1.1\r\nHost: ")
                .append(host);
        head.append("\r\nUser-Agent: kdcloudlet-client\r\nAccept-Encoding: identity\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        if (!method.equals("GET")) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[start.length + body.length];
        System.arraycopy(start, 0, all, 0, start.length);
        System.arraycopy(body, 0, all, start.length, body.length);
        return all;
    }
}
