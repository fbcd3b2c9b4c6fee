package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * Reads the serial ports of all machines, and bounds what QEMUs write to their standard outputs: no guest can fill the disk with
 * either. One thread serves all machines. A guest begins when its port is read; what it
 * writes while no server runs is lost, since QEMU could keep it only in a file without bounds.
 */
final class ConsoleLogs implements AutoCloseable {
    /** At this size what a process wrote is dropped. */
    static final long MAX_PROCESS_LOG_BYTES = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(ConsoleLogs.class);
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(10);
    private static final long CHECK_INTERVAL_MILLIS = 5_000;

    private final Selector selector;
    private final Queue<SerialPort> arrived = new ConcurrentLinkedQueue<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(8 << 10);

    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private volatile boolean closing;

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

    /** Serves the serial port whose other end this channel leads to, until it is closed. */
    SerialPort add(SocketChannel channel, MachineFolder folder) {
        try {
            SerialPort port = new SerialPort(channel, folder);
            arrived.add(port);
            selector.wakeup();
            return port;
        } catch (IOException e) {
            throw Failures.of("Could not use the serial port of " + folder.path(), e);
        }
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
                    ((SerialPort) keys.next().attachment()).read(buffer);
                }
                if (System.nanoTime() - lastCheck > CHECK_INTERVAL_MILLIS * 1_000_000) {
                    selector.keys().forEach(key -> limitProcessLog((SerialPort) key.attachment()));
                    lastCheck = System.nanoTime();
                }
            }
            for (SelectionKey key : selector.keys()) {
                ((SerialPort) key.attachment()).close();
            }
        } catch (IOException e) {
            LOG.error("Consoles can no longer be watched: {}", e.getMessage());
        } finally {
            closed.complete(null);
        }
    }

    private void register() {
        for (SerialPort port = arrived.poll(); port != null; port = arrived.poll()) {
            try {
                port.register(selector);
            } catch (IOException e) {
                LOG.debug("Console of {} failed: {}", port.folder().path(), e.getMessage());
                port.close();
            }
        }
    }

    private static void limitProcessLog(SerialPort port) {
        Path log = port.folder().processLog();
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
