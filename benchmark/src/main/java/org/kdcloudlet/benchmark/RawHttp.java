package org.kdcloudlet.benchmark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** One GET on loopback over a fresh connection, with as little of a client as there can be. */
final class RawHttp {
    private static final int TIMEOUT_MILLIS = 120_000;

    private RawHttp() {}

    /**
     * Returns the body of a 200 answer.
     *
     * @throws IOException for any other status, or after two minutes
     */
    static String get(int port, String path) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            String request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int bodyAt = answer.indexOf("\r\n\r\n");
            if (bodyAt < 0 || !answer.startsWith("HTTP/1.1 200")) {
                throw new IOException("GET " + path + " answered: "
                        + answer.lines().findFirst().orElse("nothing"));
            }
            return answer.substring(bodyAt + 4);
        }
    }
}
