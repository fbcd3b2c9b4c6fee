package org.kdcloudlet.hypervisor.qemu.protocol;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/** A channel into a guest through which lines go in both directions. Lines are limited in length, waits by deadlines. For one thread. */
final class LineChannel implements AutoCloseable {
    private static final int MAX_LINE = 1 << 20;

    private final SocketChannel channel;
    private final String partner;
    private final Deque<byte[]> lines = new ArrayDeque<>();
    private final LineSplitter splitter = new LineSplitter(MAX_LINE);
    private final ByteBuffer buffer = ByteBuffer.allocate(4096);

    /**
     * @param channel connected
     * @param partner who is at the other end, for errors
     */
    LineChannel(SocketChannel channel, String partner) {
        this.channel = channel;
        this.partner = partner;
        try {
            channel.configureBlocking(false);
        } catch (IOException e) {
            throw Failures.of("Could not set up the channel to the " + partner, e);
        }
    }

    void write(byte[] bytes, Deadline deadline) {
        ByteBuffer message = ByteBuffer.wrap(bytes);
        try {
            channel.write(message);
            while (message.hasRemaining()) {
                awaitChannel(SelectionKey.OP_WRITE, deadline);
                channel.write(message);
            }
        } catch (IOException e) {
            throw closed(e);
        }
    }

    /** The next line, without its end. */
    byte[] readLine(Deadline deadline) {
        try {
            while (lines.isEmpty()) {
                awaitChannel(SelectionKey.OP_READ, deadline);
                readAvailable();
            }
        } catch (IOException e) {
            throw closed(e);
        }
        return lines.remove();
    }

    /** Drops the lines that have arrived. */
    void drop() {
        try {
            while (readAvailable() > 0) {
                lines.clear();
            }
        } catch (IOException e) {
            throw closed(e);
        }
        lines.clear();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw Failures.of("Could not close the channel to the " + partner, e);
        }
    }

    private int readAvailable() throws IOException {
        int length = channel.read(buffer.clear());
        if (length < 0) {
            throw closed(null);
        }
        lines.addAll(splitter.take(buffer.flip()));
        return length;
    }

    private void awaitChannel(int operation, Deadline deadline) throws IOException {
        try (Selector selector = Selector.open()) {
            channel.register(selector, operation);
            if (selector.select(Math.max(1, deadline.remaining().toMillis())) == 0) {
                throw new HypervisorException(
                        Thread.currentThread().isInterrupted() ? HypervisorError.FAILED : HypervisorError.TIMEOUT,
                        "The " + partner + " did not answer in time");
            }
        }
    }

    private HypervisorException closed(IOException cause) {
        return new HypervisorException(
                HypervisorError.MACHINE_FAILED, "The channel to the " + partner + " is closed", cause);
    }
}
