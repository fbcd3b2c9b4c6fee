package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the last of what guests write to their serial ports, and bounds what QEMUs write to their standard outputs: no guest can
 * fill the disk with either. One thread serves all machines. What a guest writes while no server runs is lost.
 */
final class ConsoleLogs implements AutoCloseable {
    /** At this size the log becomes the older log, and the older log is dropped. */
    static final long MAX_CONSOLE_BYTES = 32 << 10;

    /** At this size what a process wrote is dropped. */
    static final long MAX_PROCESS_LOG_BYTES = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(ConsoleLogs.class);
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(10);
    private static final long CHECK_INTERVAL_MILLIS = 5_000;

    private final Selector selector;
    private final Queue<Console> arrived = new ConcurrentLinkedQueue<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(8 << 10);

    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private volatile boolean closing;

    private record Console(SocketChannel channel, MachineFolder folder, CompletableFuture<Void> drained) {}

    ConsoleLogs() {
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw Failures.of("Could not watch consoles", e);
        }
        Thread reader = new Thread(this::serve, "consoles");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Logs what comes from this channel until it is closed.
     *
     * @return completes when everything was read that was written before QEMU ended
     */
    CompletableFuture<Void> add(SocketChannel channel, MachineFolder folder) {
        Console console = new Console(channel, folder, new CompletableFuture<>());
        arrived.add(console);
        selector.wakeup();
        return console.drained();
    }

    /** Lets go of all consoles; the thread does it, as nobody else may touch its keys. */
    @Override
    public void close() {
        closing = true;
        selector.wakeup();
        Deadline.in(CLOSE_DEADLINE).await(closed);
    }

    private void serve() {
        long lastCheck = System.nanoTime();
        try (selector) {
            while (!closing) {
                selector.select(CHECK_INTERVAL_MILLIS);
                register();
                for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext(); keys.remove()) {
                    read((Console) keys.next().attachment());
                }
                if (System.nanoTime() - lastCheck > CHECK_INTERVAL_MILLIS * 1_000_000) {
                    selector.keys().forEach(key -> limitProcessLog((Console) key.attachment()));
                    lastCheck = System.nanoTime();
                }
            }
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
        } catch (IOException e) {
            LOG.error("Consoles can no longer be watched: {}", e.getMessage());
        } finally {
            closed.complete(null);
        }
    }

    private void register() {
        for (Console console = arrived.poll(); console != null; console = arrived.poll()) {
            try {
                console.channel().configureBlocking(false);
                console.channel().register(selector, SelectionKey.OP_READ, console);
            } catch (IOException e) {
                end(console, e);
            }
        }
    }

    private void read(Console console) {
        try {
            if (console.channel().read(buffer.clear()) < 0) {
                console.channel().close();
                console.drained().complete(null);
                return;
            }
        } catch (IOException e) {
            end(console, e);
            return;
        }
        try {
            append(console.folder(), buffer.flip());
        } catch (IOException e) {
            LOG.debug("Lost console output of {}: {}", console.folder().path(), e.getMessage());
        }
    }

    private static void end(Console console, IOException failure) {
        LOG.debug("Console of {} failed: {}", console.folder().path(), failure.getMessage());
        try {
            console.channel().close();
        } catch (IOException e) {
            LOG.debug("Could not close the console of {}: {}", console.folder().path(), e.getMessage());
        }
        console.drained().complete(null);
    }

    private static void append(MachineFolder folder, ByteBuffer bytes) throws IOException {
        Path log = folder.consoleLog();
        try (FileChannel file = FileChannel.open(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            if (file.size() >= MAX_CONSOLE_BYTES) {
                Files.move(log, folder.olderConsoleLog(), StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    private static void limitProcessLog(Console console) {
        Path log = console.folder().processLog();
        try {
            if (Files.exists(log) && Files.size(log) > MAX_PROCESS_LOG_BYTES) {
                Files.newByteChannel(log, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)
                        .close();
            }
        } catch (IOException e) {
            LOG.debug("Could not limit {}: {}", log, e.getMessage());
        }
    }
}
