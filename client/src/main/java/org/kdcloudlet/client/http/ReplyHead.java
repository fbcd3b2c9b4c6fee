package org.kdcloudlet.client.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Status line and headers of a reply. */
public final class ReplyHead {
    private static final int LONGEST = 16 * 1024;
    private static final int INTERIM_REPLIES = 4;
    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.([01]) ([1-5][0-9]{2})( .*)?");
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

    private final int status;
    private final boolean persistent;
    private final Map<String, String> headers;

    private ReplyHead(int status, boolean persistent, Map<String, String> headers) {
        this.status = status;
        this.persistent = persistent;
        this.headers = headers;
    }

    static ReplyHead read(InputStream in) throws IOException {
        for (int i = 0; i < INTERIM_REPLIES; i++) {
            ReplyHead head = readOne(in);
            if (head.status >= 200) {
                return head;
            }
        }
        throw new MalformedReplyException("it is preceded by too many interim replies");
    }

    private static ReplyHead readOne(InputStream in) throws IOException {
        int[] left = {LONGEST};
        Matcher statusLine = STATUS_LINE.matcher(line(in, left));
        if (!statusLine.matches()) {
            throw new MalformedReplyException("it is not HTTP/1.1");
        }
        Map<String, String> headers = new HashMap<>();
        for (String line = line(in, left); !line.isEmpty(); line = line(in, left)) {
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw new MalformedReplyException("one of its headers is malformed");
            }
            String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
            String before = headers.put(name, line.substring(colon + 1).trim());
            if (before != null && name.equals("content-length")) {
                throw new MalformedReplyException("it has two lengths");
            }
        }
        boolean persistent =
                statusLine.group(1).equals("1") && !"close".equalsIgnoreCase(headers.getOrDefault("connection", ""));
        return new ReplyHead(Integer.parseInt(statusLine.group(2)), persistent, headers);
    }

    private static String line(InputStream in, int[] left) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the connection ended in the head of the reply");
            }
            if (--left[0] < 0) {
                throw new MalformedReplyException("its head is longer than " + LONGEST + " bytes");
            }
            line.append((char) next);
        }
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
    }

    /**
     * The status code.
     *
     * @return 200 to 599
     */
    public int status() {
        return status;
    }

    /**
     * The value of a header.
     *
     * @param name in lower case
     * @return the last one of that name
     */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    boolean isPersistent() {
        return persistent;
    }

    /**
     * How long the body is. Every reply of the device API says it, and none is chunked (spec/device-api.md).
     *
     * @return bytes
     * @throws MalformedReplyException if the reply does not say
     */
    public long length() throws MalformedReplyException {
        String length = headers.getOrDefault("content-length", "");
        if (headers.containsKey("transfer-encoding") || !LENGTH.matcher(length).matches()) {
            throw new MalformedReplyException("it does not say its length (Content-Length)");
        }
        return Long.parseLong(length);
    }
}
