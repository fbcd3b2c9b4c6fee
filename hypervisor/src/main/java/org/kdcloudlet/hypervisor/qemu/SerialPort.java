package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A machine's serial port: keeps the last of what the guest writes in its folder, shows it to all who are connected, and takes from
 * them what the guest is to read. {@link ConsoleLogs} reads it; nobody who is connected can hold that up.
 */
final class SerialPort {
    /** At this size the log becomes the older log, and the older log is dropped. */
    static final long MAX_LOG_BYTES = 32 << 10;

    /** How long a guest may take nothing of what was sent to it. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    /** What whoever connects is shown of what the guest wrote before. */
    static final int TAIL_BYTES = 16 << 10;

    /** What the kernel keeps of what the guest has not taken; it rounds up. */
    private static final int UNREAD_BYTES = 4 << 10;

    /** How long it may take to notice that the machine has ended. */
    private static final Duration LOOK = Duration.ofMillis(250);

    private static final Logger LOG = LoggerFactory.getLogger(SerialPort.class);

    private final SocketChannel channel;
    private final MachineFolder folder;
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private final Set<SerialConnection> connections = new HashSet<>();
    private final ReentrantLock writing = new ReentrantLock(true);
    private boolean ended;

    /** @param channel of QEMU's end; it is this port's from now on */
    SerialPort(SocketChannel channel, MachineFolder folder) throws IOException {
        this.channel = channel;
        this.folder = folder;
        channel.setOption(StandardSocketOptions.SO_SNDBUF, UNREAD_BYTES);
        channel.configureBlocking(false);
    }

    MachineFolder folder() {
        return folder;
    }

    /** Completes when everything was read that was written before QEMU ended. */
    CompletableFuture<Void> drained() {
        return drained;
    }

    /** Has the selector tell when the guest wrote something. */
    void register(Selector selector) throws IOException {
        channel.register(selector, SelectionKey.OP_READ, this);
    }

    /** Takes what the guest wrote, and notices its end. */
    void read(ByteBuffer buffer) {
        try {
            if (channel.read(buffer.clear()) < 0) {
                close();
                return;
            }
        } catch (IOException e) {
            LOG.debug("Serial port of {} failed: {}", folder.path(), e.getMessage());
            close();
            return;
        }
        buffer.flip();
        synchronized (connections) {
            connections.forEach(connection -> connection.show(buffer.duplicate()));
            try {
                append(buffer);
            } catch (IOException e) {
                LOG.debug("Lost console output of {}: {}", folder.path(), e.getMessage());
            }
        }
    }

    /** Lets go of it; whoever is connected gets to the end of what was read. */
    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("Could not close the serial port of {}: {}", folder.path(), e.getMessage());
        }
        synchronized (connections) {
            ended = true;
            connections.forEach(SerialConnection::end);
            connections.clear();
        }
        drained.complete(null);
    }

    /** Connects somebody, who gets the last of what the guest wrote and then everything. */
    ByteChannel open() {
        SerialConnection connection = new SerialConnection(this);
        synchronized (connections) {
            connection.show(ByteBuffer.wrap(folder.consoleTail(TAIL_BYTES)));
            if (ended) {
                connection.end();
            } else {
                connections.add(connection);
            }
        }
        return connection;
    }

    void leave(SerialConnection connection) {
        synchronized (connections) {
            connections.remove(connection);
        }
    }

    /**
     * Sends the guest something; returns when it, or the little that is kept for it, has all of it. What several send at once does not
     * mix.
     *
     * @throws SocketTimeoutException when the guest takes nothing for {@link #PATIENCE}
     * @throws ClosedChannelException when the machine has ended
     */
    void send(ByteBuffer bytes, Duration patience) throws IOException {
        try {
            if (!writing.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                throw notTaken();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while another one was sending", e);
        }
        try {
            channel.write(bytes);
            if (bytes.hasRemaining()) {
                sendSlowly(bytes, patience);
            }
        } finally {
            writing.unlock();
        }
    }

    private void sendSlowly(ByteBuffer bytes, Duration patience) throws IOException {
        try (Selector taken = Selector.open()) {
            channel.register(taken, SelectionKey.OP_WRITE);
            Deadline deadline = Deadline.in(patience);
            while (bytes.hasRemaining()) {
                if (deadline.passed() || !channel.isOpen()) {
                    throw channel.isOpen() ? notTaken() : new ClosedChannelException();
                }
                taken.select(LOOK.toMillis());
                taken.selectedKeys().clear();
                if (channel.write(bytes) > 0) {
                    deadline = Deadline.in(patience);
                }
            }
        }
    }

    private static SocketTimeoutException notTaken() {
        return new SocketTimeoutException("The guest does not read its serial port");
    }

    private void append(ByteBuffer bytes) throws IOException {
        Path log = folder.consoleLog();
        try (FileChannel file = FileChannel.open(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            if (file.size() >= MAX_LOG_BYTES) {
                Files.move(log, folder.olderConsoleLog(), StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }
}
