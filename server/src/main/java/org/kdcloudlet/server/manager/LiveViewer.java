package org.kdcloudlet.server.manager;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.kdcloudlet.server.manager.LiveFeed.Topic;

/**
 * One page that is followed, written to without waiting (Servlet 6, section 5.7): while the viewer does not read, topics gather, each
 * once. Safe for use by many threads.
 */
final class LiveViewer implements WriteListener {
    private final HttpServletRequest request;
    private final ServletOutputStream out;
    private final CompletableFuture<Void> left;
    private final EnumSet<Topic> pending = EnumSet.noneOf(Topic.class);
    private boolean greeted;
    private boolean unflushed;

    /** @param left is completed when the viewer has left */
    LiveViewer(HttpServletRequest request, HttpServletResponse response, CompletableFuture<Void> left) {
        this.request = request;
        this.left = left;
        response.setContentType("text/event-stream");
        response.setCharacterEncoding("UTF-8");
        response.setHeader("Cache-Control", "no-store");
        try {
            out = response.getOutputStream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** To be called once the request is asynchronous. */
    void begin() {
        request.getAsyncContext().setTimeout(0);
        out.setWriteListener(this);
    }

    /** Notes that something has changed, and writes it as soon as the viewer takes it. */
    synchronized void tell(Set<Topic> topics) {
        pending.addAll(topics);
        if (greeted) {
            write();
        }
    }

    @Override
    public synchronized void onWritePossible() {
        write();
    }

    /** When this returns with something left to do, the container calls {@link #onWritePossible} later. */
    private void write() {
        try {
            while (!left.isDone() && out.isReady()) {
                if (!greeted) {
                    greeted = true;
                    send(": live\n\n");
                } else if (!pending.isEmpty()) {
                    Topic topic = pending.iterator().next();
                    pending.remove(topic);
                    send("event: " + topic.name().toLowerCase(Locale.ROOT) + "\ndata:\n\n");
                } else if (unflushed) {
                    unflushed = false;
                    out.flush();
                } else {
                    return;
                }
            }
        } catch (IOException gone) {
            leave();
        }
    }

    private void send(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.US_ASCII));
        unflushed = true;
    }

    @Override
    public void onError(Throwable gone) {
        leave();
    }

    void leave() {
        left.complete(null);
    }
}
