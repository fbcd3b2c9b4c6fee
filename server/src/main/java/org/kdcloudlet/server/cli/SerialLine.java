package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.eclipse.jetty.websocket.api.exceptions.UpgradeException;
import org.eclipse.jetty.websocket.client.WebSocketClient;

/**
 * A connection to the serial port of an instance: the WebSocket {@code /v1/instances/{id}/console/serial}. What the machine writes is
 * handed over by one thread, and no faster than it is taken.
 */
final class SerialLine implements AutoCloseable {
    /** The server pings every 2 s; when it has said nothing for this long, the way to it is broken. */
    private static final Duration SILENCE = Duration.ofSeconds(30);

    private final WebSocketClient client;
    private final Listener listener;
    private final Session session;

    /**
     * How it ended.
     *
     * @param status of the WebSocket (RFC 6455, section 7.4)
     */
    record Ending(int status, String reason) {
        /** Whether the machine, or this side, ended it. */
        boolean isNormal() {
            return status == StatusCode.NORMAL;
        }
    }

    private SerialLine(WebSocketClient client, Listener listener, Session session) {
        this.client = client;
        this.listener = listener;
        this.session = session;
    }

    /**
     * @param http started
     * @param shown takes what the machine writes
     * @throws CommandFailedException when the server cannot be reached or refuses
     */
    static SerialLine open(HttpClient http, ServerLink link, String path, Consumer<ByteBuffer> shown) {
        WebSocketClient client = new WebSocketClient(http);
        client.setIdleTimeout(SILENCE);
        Listener listener = new Listener(shown);
        URI address = URI.create(link.address().replaceFirst("(?i)^http", "ws") + path);
        try {
            client.start();
            return new SerialLine(
                    client, listener, client.connect(listener, address).get());
        } catch (ExecutionException e) {
            throw refused(link, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailedException(ExitStatus.FAILED, "Interrupted.");
        } catch (Exception e) {
            throw new CommandFailedException(ExitStatus.FAILED, "Cannot set up the WebSocket: " + e.getMessage());
        }
    }

    private static CommandFailedException refused(ServerLink link, Throwable cause) {
        if (cause instanceof UpgradeException answer && answer.getResponseStatusCode() > 0) {
            return new CommandFailedException(
                    ExitStatus.FAILED,
                    "The server refuses the console with status " + answer.getResponseStatusCode()
                            + ": the instance has just ended, or the server is of a version that has no serial consoles.");
        }
        return link.unreachable(
                cause instanceof UpgradeException && cause.getCause() != null ? cause.getCause() : cause);
    }

    /** Whether what is sent reaches the machine; waits until the server has told. */
    CompletableFuture<Boolean> input() {
        return listener.input;
    }

    /** Completes when the connection has ended, exceptionally when it broke. */
    CompletableFuture<Ending> ended() {
        return listener.ended;
    }

    /** Sends something; waits as long as the way to the server is full. */
    void send(byte[] bytes, int length) throws IOException {
        Callback.Completable sent = new Callback.Completable();
        session.sendBinary(ByteBuffer.wrap(bytes, 0, length), sent);
        try {
            sent.get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** Completes when the machine has taken all that was sent: the server answers a ping after what came before it. */
    CompletableFuture<Boolean> taken() {
        session.sendPing(ByteBuffer.allocate(0), Callback.NOOP);
        return listener.taken;
    }

    @Override
    public void close() {
        session.close(StatusCode.NORMAL, "", Callback.NOOP);
        try {
            client.stop();
        } catch (Exception e) {
            throw new CommandFailedException(ExitStatus.FAILED, "Cannot end the WebSocket: " + e.getMessage());
        }
    }

    /** What comes from the server; public for Jetty, which calls it. */
    public static final class Listener implements Session.Listener.AutoDemanding {
        private final ObjectMapper json = new ObjectMapper();
        private final Consumer<ByteBuffer> shown;
        private final CompletableFuture<Boolean> input = new CompletableFuture<>();
        private final CompletableFuture<Boolean> taken = new CompletableFuture<>();
        private final CompletableFuture<Ending> ended = new CompletableFuture<>();

        Listener(Consumer<ByteBuffer> shown) {
            this.shown = shown;
        }

        @Override
        public void onWebSocketText(String message) {
            try {
                input.complete(json.readTree(message).path("input").asBoolean());
            } catch (JsonProcessingException e) {
                input.completeExceptionally(e);
            }
        }

        @Override
        public void onWebSocketBinary(ByteBuffer bytes, Callback callback) {
            shown.accept(bytes);
            callback.succeed();
        }

        @Override
        public void onWebSocketPong(ByteBuffer payload) {
            taken.complete(true);
        }

        @Override
        public void onWebSocketClose(int status, String reason, Callback callback) {
            ended.complete(new Ending(status, reason == null ? "" : reason));
            callback.succeed();
        }

        @Override
        public void onWebSocketError(Throwable cause) {
            ended.completeExceptionally(cause);
        }
    }
}
