package org.kdcloudlet.benchmark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Pages that are open and follow what happens, as browsers do it: one event stream each, read as it comes by one thread. */
final class PageViewers implements AutoCloseable {
    private final int viewers;
    private final Selector selector = Selector.open();
    private final AtomicInteger events = new AtomicInteger();
    private final AtomicReference<IOException> failure = new AtomicReference<>();
    private final Thread reader = new Thread(this::read, "viewers");

    PageViewers(PageSession session, int viewers) throws IOException {
        this.viewers = viewers;
        ByteBuffer request = StandardCharsets.US_ASCII.encode(
                "GET /live HTTP/1.1\r\nHost: 127.0.0.1:" + session.manager().getPort()
                        + "\r\nAccept: text/event-stream\r\nCookie: " + session.cookie() + "\r\n\r\n");
        for (int i = 0; i < viewers; i++) {
            SocketChannel channel = SocketChannel.open(
                    new InetSocketAddress("127.0.0.1", session.manager().getPort()));
            channel.write(request.duplicate());
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
        }
        reader.start();
    }

    private void read() {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        try {
            while (selector.isOpen()) {
                selector.select(key -> {
                    try {
                        buffer.clear();
                        if (((SocketChannel) key.channel()).read(buffer) < 0) {
                            throw new IOException("a viewer was closed");
                        }
                        events.incrementAndGet();
                    } catch (IOException e) {
                        key.cancel();
                        failure.compareAndSet(null, e);
                    }
                });
            }
        } catch (IOException e) {
            failure.compareAndSet(null, e);
        } catch (ClosedSelectorException closed) {
            return; // as it was to be
        }
    }

    /** Holds the measurement to what it says: each was told something, and none was closed. */
    void requireFollowed() throws IOException {
        if (failure.get() != null) {
            throw failure.get();
        }
        if (events.get() < 2 * viewers) {
            throw new IOException("only " + events.get() + " events came to " + viewers + " viewers");
        }
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
