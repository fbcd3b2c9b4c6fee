package org.kdcloudlet.server.manager.console;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;

/**
 * Somebody at the screen or the serial port of one machine. Each side is read only when the other has taken what was read before, so nothing gathers
 * here; a client that takes nothing for {@link #PATIENCE} has left.
 */
final class Console {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int CHUNK_BYTES = 64 * 1024;

    private final ByteChannel machine;
    private final Session client;
    private final ConsoleInput input;
    private final AtomicReference<String> ending = new AtomicReference<>("");

    Console(ByteChannel machine, Session client, ConsoleInput input) {
        this.machine = machine;
        this.client = client;
        this.input = input;
    }

    /** Sends the client what the machine shows, until one of them ends. */
    void show() {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
        try {
            while (machine.read(chunk.clear()) >= 0) {
                Callback.Completable sent = new Callback.Completable();
                client.sendBinary(chunk.flip(), sent);
                sent.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
            close(StatusCode.NORMAL, "The machine has ended the connection");
        } catch (IOException e) {
            close(StatusCode.NORMAL, "The connection to the machine has ended");
        } catch (ExecutionException | TimeoutException | CancellationException e) {
            close(StatusCode.SHUTDOWN, "The client took nothing for " + PATIENCE.toSeconds() + " s");
            client.disconnect();
        } catch (InterruptedException e) {
            close(StatusCode.SHUTDOWN, "The server ends");
            Thread.currentThread().interrupt();
        }
    }

    /** Sends the machine what the client may send it; returns when the machine has taken it. */
    void type(ByteBuffer received) {
        ByteBuffer allowed;
        try {
            allowed = input.allowed(received);
        } catch (IOException e) {
            close(StatusCode.POLICY_VIOLATION, e.getMessage());
            return;
        }
        try {
            while (allowed.hasRemaining()) {
                machine.write(allowed);
            }
        } catch (SocketTimeoutException e) {
            close(StatusCode.TRY_AGAIN_LATER, e.getMessage());
        } catch (IOException e) {
            close(StatusCode.NORMAL, "The connection to the machine has ended");
        }
    }

    /** Has the client say that it is still there, which keeps the connection from being idle. */
    void ping() {
        client.sendPing(ByteBuffer.allocate(0), Callback.NOOP);
    }

    /** Why it ended; empty as long as it has not. */
    String ending() {
        return ending.get();
    }

    /** Ends it on both sides; what is under way there ends too. Does nothing the second time. */
    void close(int status, String reason) {
        if (ending.compareAndSet("", reason)) {
            closeMachine();
            client.close(status, reason, Callback.from(() -> {}, failure -> client.disconnect()));
        }
    }

    private void closeMachine() {
        try {
            machine.close();
        } catch (IOException e) {
            client.disconnect(); // nothing is left to be told
        }
    }
}
