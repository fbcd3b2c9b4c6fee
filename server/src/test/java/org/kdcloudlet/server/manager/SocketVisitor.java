package org.kdcloudlet.server.manager;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.kdcloudlet.server.TestServer;

/** Somebody who opens WebSockets of a Manager. */
final class SocketVisitor {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String PASSWORD = "a good password";

    private final HttpClient http = HttpClient.newHttpClient();
    private final TestServer server;

    SocketVisitor(TestServer server) {
        this.server = server;
    }

    /** Makes an account and logs it in; returns the cookie. */
    String session(String role) throws IOException, InterruptedException {
        server.admin(
                "POST",
                "/v1/users",
                "{\"name\":\"" + role + "\",\"role\":\"" + role + "\",\"password\":\"" + PASSWORD + "\"}");
        String form = "name=" + role + "&password=" + URLEncoder.encode(PASSWORD, StandardCharsets.UTF_8);
        HttpResponse<Void> answer = http.send(
                HttpRequest.newBuilder(server.manager().resolve("/log-in"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build(),
                HttpResponse.BodyHandlers.discarding());
        return answer.headers().firstValue("Set-Cookie").orElseThrow().split(";")[0];
    }

    String origin() {
        return server.manager().toString();
    }

    static final class Received implements WebSocket.Listener {
        private final List<Byte> bytes = new ArrayList<>();
        private final StringBuffer text = new StringBuffer();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer part, boolean last) {
            synchronized (bytes) {
                while (part.hasRemaining()) {
                    bytes.add(part.get());
                }
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
            text.append(part);
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            closed.complete(status);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            closed.completeExceptionally(error);
        }

        int count() {
            synchronized (bytes) {
                return bytes.size();
            }
        }

        String text() {
            return text.toString();
        }

        byte[] bytes() {
            synchronized (bytes) {
                byte[] copy = new byte[bytes.size()];
                for (int i = 0; i < copy.length; i++) {
                    copy[i] = bytes.get(i);
                }
                return copy;
            }
        }

        boolean isClosed() {
            return closed.isDone();
        }

        int status() throws InterruptedException, ExecutionException, TimeoutException {
            return closed.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    WebSocket open(WebSocket.Listener listener, String path, String... headers) {
        WebSocket.Builder builder = http.newWebSocketBuilder();
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        URI address = URI.create(server.manager().resolve(path).toString().replaceFirst("http", "ws"));
        return builder.buildAsync(address, listener).join();
    }

    int refusal(String path, String... headers) {
        try {
            open(new Received(), path, headers).abort();
            return 101;
        } catch (CompletionException e) {
            return ((WebSocketHandshakeException) e.getCause()).getResponse().statusCode();
        }
    }

    /** Makes an API token; returns what goes in {@code Authorization}. */
    String token(String role) throws IOException {
        String wanted = "{\"name\":\"" + role + "\",\"role\":\"" + role + "\"}";
        return "Bearer "
                + server.json(server.admin("POST", "/v1/tokens", wanted))
                        .path("secret")
                        .asText();
    }

    static void send(WebSocket socket, byte[] bytes) {
        socket.sendBinary(ByteBuffer.wrap(bytes), true).join();
    }

    /** Sends what is refused before all of it was sent; whether the rest still gets through is nobody's business. */
    static void sendInVain(WebSocket socket, byte[] bytes) {
        socket.sendBinary(ByteBuffer.wrap(bytes), true);
    }
}
