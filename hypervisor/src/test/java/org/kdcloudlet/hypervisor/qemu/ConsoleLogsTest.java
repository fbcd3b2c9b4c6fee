package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsoleLogsTest {
    @TempDir
    Path temp;

    @Test
    void keepsTheLastOfWhatAGuestWritesHoweverMuch() throws Exception {
        MachineFolder folder = new MachineFolder(temp.resolve("vm"));
        folder.create(Optional.empty());
        try (ConsoleLogs consoles = new ConsoleLogs()) {
            CompletableFuture<Void> drained = guestWrites("x".repeat(1 << 20) + "\nlast words\n", consoles, folder);
            drained.get(1, TimeUnit.MINUTES);
        }
        assertThat(folder.logTail()).endsWith("last words\n").hasSizeLessThanOrEqualTo(64 << 10);
        long kept = Files.size(folder.olderConsoleLog()) + sizeOf(folder.consoleLog());
        assertThat(kept).isBetween(16L << 10, 3 * SerialPort.MAX_LOG_BYTES);
    }

    @Test
    void aFolderThatIsGoneHarmsNobodyElse() throws Exception {
        MachineFolder gone = new MachineFolder(temp.resolve("gone"));
        MachineFolder folder = new MachineFolder(temp.resolve("vm"));
        folder.create(Optional.empty());
        try (ConsoleLogs consoles = new ConsoleLogs()) {
            guestWrites("lost\n", consoles, gone).get(1, TimeUnit.MINUTES);
            guestWrites("kept\n", consoles, folder).get(1, TimeUnit.MINUTES);
        }
        assertThat(folder.logTail()).isEqualTo("kept\n");
        assertThat(gone.path()).doesNotExist();
    }

    private static long sizeOf(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    /** A guest that writes and ends. */
    private CompletableFuture<Void> guestWrites(String text, ConsoleLogs consoles, MachineFolder folder)
            throws IOException {
        Path socket = Files.createTempDirectory(temp, "console").resolve("socket");
        try (ServerSocketChannel server =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket))) {
            SocketChannel ours = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            try (SocketChannel guest = server.accept()) {
                CompletableFuture<Void> drained = consoles.add(ours, folder).drained();
                ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
                while (bytes.hasRemaining()) {
                    guest.write(bytes);
                }
                return drained;
            }
        }
    }
}
