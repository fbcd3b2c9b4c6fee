package org.kdcloudlet.hypervisor.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;

/** A connection to the screen or the serial port of a fake machine. It speaks no protocol: it keeps what it is sent, and sends what a test tells it to. */
public final class FakeScreen implements ByteChannel {
    private final Pipe shown;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();

    FakeScreen() {
        try {
            shown = Pipe.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends something to whoever is connected; waits as long as that one does not read. */
    public void show(byte[] bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
            shown.sink().write(left);
        }
    }

    /** What was sent to it so far. */
    public synchronized byte[] received() {
        return received.toByteArray();
    }

    /** Ends the connection, as a machine does that ends. */
    public void end() {
        try {
            shown.sink().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return shown.source().read(target);
    }

    @Override
    public synchronized int write(ByteBuffer source) throws IOException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        int length = source.remaining();
        byte[] bytes = new byte[length];
        source.get(bytes);
        received.write(bytes);
        return length;
    }

    @Override
    public boolean isOpen() {
        return shown.source().isOpen();
    }

    @Override
    public void close() throws IOException {
        shown.source().close();
    }
}
