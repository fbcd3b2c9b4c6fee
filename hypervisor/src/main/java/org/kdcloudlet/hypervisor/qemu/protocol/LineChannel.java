package org.kdcloudlet.hypervisor.qemu.protocol;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/**
 * A channel into a guest through which lines go in both directions. Whatever the guest sends, or does not, nothing takes longer
 * than its deadline: lines and answers are limited in length, and turns are waited for by deadlines, too.
 */
final class LineChannel implements AutoCloseable {
    /** How many of the longest lines may come after each write. */
    private static final int MAX_LINES_OF_ANSWER = 4;

    private final SocketChannel channel;
    private final String partner;
    private final Deque<byte[]> lines = new ArrayDeque<>();
    private final LineSplitter splitter;
    private final ByteBuffer buffer = ByteBuffer.allocate(4096);
    private final ReentrantLock turn = new ReentrantLock();
    private final long maxAnswer;
    private long received;

    /**
     * @param channel connected
     * @param partner who is at the other end, for errors
     * @param maxLine bytes that a line may have before it is an error
     */
    LineChannel(SocketChannel channel, String partner, int maxLine) {
        this.channel = channel;
        this.partner = partner;
        this.maxAnswer = (long) maxLine * MAX_LINES_OF_ANSWER;
        this.splitter = new LineSplitter(maxLine);
        try {
            channel.configureBlocking(false);
        } catch (IOException e) {
            throw Failures.of("Could not set up the channel to the " + partner, e);
        }
    }

    /**
     * Has the channel to itself for one conversation. All other methods but {@link #close()} are to be called within it.
     *
     * @throws HypervisorException {@link HypervisorError#TIMEOUT} when others have it until the deadline
     */
    <T> T alone(Deadline deadline, Supplier<T> conversation) {
        try {
            if (!turn.tryLock(Math.max(0, deadline.left()), TimeUnit.NANOSECONDS)) {
                throw late();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HypervisorException(HypervisorError.FAILED, "Interrupted while waiting for the " + partner, e);
        }
        try {
            return conversation.get();
        } finally {
            turn.unlock();
        }
    }

    void write(byte[] bytes, Deadline deadline) {
        ByteBuffer message = ByteBuffer.wrap(bytes);
        received = 0;
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

    /**
     * The next line, without its end.
     *
     * @throws HypervisorException {@link HypervisorError#TIMEOUT} after the deadline, {@link HypervisorError#FAILED} if the line is
     *     too long, {@link HypervisorError#MACHINE_FAILED} if the channel is closed
     */
    byte[] readLine(Deadline deadline) {
        try {
            if (deadline.passed()) {
                throw late();
            }
            while (lines.isEmpty()) {
                awaitChannel(SelectionKey.OP_READ, deadline);
                readAvailable();
            }
        } catch (IOException e) {
            throw closed(e);
        }
        return lines.remove();
    }

    /**
     * Drops the lines that have arrived; a guest that never stops sending is left by the deadline.
     *
     * @return how many there were
     */
    int drop(Deadline deadline) {
        int dropped = lines.size();
        received = 0;
        lines.clear();
        try {
            while (readAvailable() > 0) {
                dropped += lines.size();
                lines.clear();
                if (deadline.passed()) {
                    throw late();
                }
            }
        } catch (IOException e) {
            throw closed(e);
        }
        return dropped;
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
        received += length;
        if (received > maxAnswer) {
            throw new HypervisorException(
                    HypervisorError.FAILED, "The " + partner + " babbles: more than " + maxAnswer + " bytes at once");
        }
        try {
            lines.addAll(splitter.take(buffer.flip()));
        } catch (IOException e) {
            throw new HypervisorException(HypervisorError.FAILED, "The " + partner + " babbles: " + e.getMessage(), e);
        }
        return length;
    }

    /** A guest that sends on and on makes the channel ready each time, so that the deadline has to be looked at too. */
    private void awaitChannel(int operation, Deadline deadline) throws IOException {
        if (deadline.passed()) {
            throw late();
        }
        try (Selector selector = Selector.open()) {
            channel.register(selector, operation);
            if (selector.select(Math.max(1, deadline.remaining().toMillis())) == 0) {
                throw late();
            }
        }
    }

    private HypervisorException late() {
        return new HypervisorException(
                Thread.currentThread().isInterrupted() ? HypervisorError.FAILED : HypervisorError.TIMEOUT,
                "The " + partner + " did not answer in time");
    }

    private HypervisorException closed(IOException cause) {
        return new HypervisorException(
                HypervisorError.MACHINE_FAILED, "The channel to the " + partner + " is closed", cause);
    }
}
