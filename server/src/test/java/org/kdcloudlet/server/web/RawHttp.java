package org.kdcloudlet.server.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An HTTP client that sends just the bytes it is given and holds each reply to the rules of the device API. */
public final class RawHttp {
    private static final int DEADLINE_MILLIS = 60_000;
    /** Longer than any request of the admin REST API may take on a busy machine. */
    private static final int LATE_SECONDS = 240;

    private RawHttp() {}

    /** A reply, whose body was exactly as long as its Content-Length said. */
    public record Answer(int status, Map<String, String> headers, String body) {
        public String header(String name) {
            return headers.get(name);
        }
    }

    /** GET of a path with headers, each ending in CR LF. */
    public static Answer get(int port, String path, String headers) throws IOException {
        return exchange(port, "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n" + headers + "\r\n");
    }

    public static Answer get(int port, String path) throws IOException {
        return get(port, path, "");
    }

    /** Sends text as it is and reads one reply. */
    public static Answer exchange(int port, String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(DEADLINE_MILLIS);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return read(socket.getInputStream(), request.startsWith("HEAD "));
        }
    }

    /**
     * Sends a request with a body over a Unix socket and reads one reply.
     *
     * @throws SocketTimeoutException when there is none within {@link #LATE_SECONDS}
     */
    public static Answer exchange(Path unixSocket, String method, String path, String headers, byte[] body)
            throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(unixSocket))) {
            // A channel has no time limit of its own; who closes it ends what waits there.
            CompletableFuture<Void> late = CompletableFuture.runAsync(
                    () -> close(channel), CompletableFuture.delayedExecutor(LATE_SECONDS, TimeUnit.SECONDS));
            try {
                return exchange(channel, method, path, headers, body);
            } catch (ClosedChannelException e) {
                throw new SocketTimeoutException("No answer to " + method + " " + path + " in " + LATE_SECONDS + " s");
            } finally {
                late.cancel(false);
            }
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Answer exchange(SocketChannel channel, String method, String path, String headers, byte[] body)
            throws IOException {
        String head = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length + "\r\n"
                + headers + "\r\n";
        // In one piece: the server may refuse before it has read a body.
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        request.writeBytes(body);
        try {
            Channels.newOutputStream(channel).write(request.toByteArray());
        } catch (IOException hungUp) {
            // It did so before the kernel had taken the whole body; what it answered first is read all the same.
            return read(Channels.newInputStream(channel), method.equals("HEAD"));
        }
        return read(Channels.newInputStream(channel), method.equals("HEAD"));
    }

    /** Reads one reply and checks that it has its length and is not chunked. */
    public static Answer read(InputStream input, boolean head) throws IOException {
        String[] lines = readHead(input).split("\r\n");
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (int index = 1; index < lines.length; index++) {
            int colon = lines[index].indexOf(':');
            headers.put(
                    lines[index].substring(0, colon).toLowerCase(Locale.ROOT),
                    lines[index].substring(colon + 1).strip());
        }
        int status = Integer.parseInt(lines[0].split(" ")[1]);
        if (status == 204) {
            return new Answer(status, headers, "");
        }
        assertThat(headers).containsKey("content-length").doesNotContainKey("transfer-encoding");
        int length = Integer.parseInt(headers.get("content-length"));
        assertThat(length).isPositive();
        byte[] body = head ? new byte[0] : input.readNBytes(length);
        assertThat(body.length).isEqualTo(head ? 0 : length);
        return new Answer(status, headers, new String(body, StandardCharsets.UTF_8));
    }

    private static String readHead(InputStream input) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String end = "";
        while (!end.equals("\r\n\r\n")) {
            int next = input.read();
            assertThat(next).as("the reply ended within its headers: %s", bytes).isNotEqualTo(-1);
            bytes.write(next);
            end = (end + (char) next).substring(Math.max(0, end.length() - 3));
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }
}
