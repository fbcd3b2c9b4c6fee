package org.kdcloudlet.server.manager.console;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;

/**
 * One browser at the screen of one machine. Each side is read only when the other has taken what was read before, so nothing gathers
 * here; a browser that takes nothing for {@link #PATIENCE} has left.
 */
final class Console {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int CHUNK_BYTES = 64 * 1024;

    private final ByteChannel screen;
    private final Session browser;
    private final RfbInput input;
    private final AtomicBoolean closed = new AtomicBoolean();

    Console(ByteChannel screen, Session browser, RfbInput input) {
        this.screen = screen;
        this.browser = browser;
        this.input = input;
    }

    /** Sends the browser what the machine shows, until one of them ends. */
    void show() {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
        try {
            while (screen.read(chunk.clear()) >= 0) {
                Callback.Completable sent = new Callback.Completable();
                browser.sendBinary(chunk.flip(), sent);
                sent.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
            close(StatusCode.NORMAL, "The machine has ended the connection");
        } catch (IOException e) {
            close(StatusCode.NORMAL, "The connection to the machine has ended");
        } catch (ExecutionException | TimeoutException | CancellationException e) {
            close(StatusCode.SHUTDOWN, "The browser takes nothing");
            browser.disconnect();
        } catch (InterruptedException e) {
            close(StatusCode.SHUTDOWN, "The server ends");
            Thread.currentThread().interrupt();
        }
    }

    /** Sends the machine what the browser may send it; returns when the machine has taken it. */
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
                screen.write(allowed);
            }
        } catch (IOException e) {
            close(StatusCode.NORMAL, "The connection to the machine has ended");
        }
    }

    /** Has the browser say that it is still there, which keeps the connection from being idle. */
    void ping() {
        browser.sendPing(ByteBuffer.allocate(0), Callback.NOOP);
    }

    /** Ends it on both sides; what is under way there ends too. Does nothing the second time. */
    void close(int status, String reason) {
        if (closed.compareAndSet(false, true)) {
            closeScreen();
            browser.close(status, reason, Callback.from(() -> {}, failure -> browser.disconnect()));
        }
    }

    private void closeScreen() {
        try {
            screen.close();
        } catch (IOException e) {
            browser.disconnect(); // nothing is left to be told
        }
    }
}
