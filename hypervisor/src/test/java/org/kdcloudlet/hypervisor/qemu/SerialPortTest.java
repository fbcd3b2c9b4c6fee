package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A serial port whose guest is the test: who sees what, and who waits for whom. */
@Timeout(60)
class SerialPortTest {
    private static final Duration SHORT = Duration.ofMillis(300);

    @TempDir
    private Path temp;

    private final ConsoleLogs consoles = new ConsoleLogs();
    private final ExecutorService others = Executors.newCachedThreadPool();
    private MachineFolder folder;
    private SocketChannel guest;
    private SerialPort port;

    @BeforeEach
    void connect() throws IOException {
        folder = new MachineFolder(temp.resolve("vm"));
        folder.create(Optional.empty());
        UnixDomainSocketAddress socket = UnixDomainSocketAddress.of(temp.resolve("socket"));
        try (ServerSocketChannel server =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(socket)) {
            port = consoles.add(SocketChannel.open(socket), folder);
            guest = server.accept();
        }
    }

    @AfterEach
    void disconnect() throws IOException {
        guest.close();
        consoles.close();
        others.shutdownNow();
    }

    private void guestWrites(String text) throws IOException {
        guestWrites(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private void guestWrites(byte[] content) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        while (bytes.hasRemaining()) {
            guest.write(bytes);
        }
    }

    private static String readUntil(ByteChannel channel, String end) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer some = ByteBuffer.allocate(7000);
        while (!all.toString(StandardCharsets.ISO_8859_1).endsWith(end)) {
            assertThat(channel.read(some.clear())).isPositive();
            all.write(some.array(), 0, some.position());
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    private static void readToTheEnd(ByteChannel channel) throws IOException {
        ByteBuffer some = ByteBuffer.allocate(7000);
        while (channel.read(some.clear()) >= 0) {
            // until nothing is left
        }
    }

    private byte[] guestReads(int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            assertThat(guest.read(bytes)).isPositive();
        }
        return bytes.array();
    }

    @Test
    void everyoneIsShownTheLastLinesAndThenAllThatComes() throws Exception {
        ByteChannel first = port.open();
        guestWrites("booted\nlogin: ");
        assertThat(readUntil(first, "login: ")).isEqualTo("booted\nlogin: ");
        ByteChannel second = port.open();
        guestWrites("more");
        assertThat(readUntil(first, "more")).isEqualTo("more");
        assertThat(readUntil(second, "more")).isEqualTo("booted\nlogin: more");
    }

    @Test
    void whatIsShownOfBeforeIsBoundedAndBeginsWithALine() throws Exception {
        ByteChannel first = port.open();
        String line = "y".repeat(99) + "\n";
        guestWrites(line.repeat(1000) + "# ");
        readUntil(first, "# ");
        String tail = readUntil(port.open(), "# ");
        assertThat(tail).hasSizeBetween(SerialPort.TAIL_BYTES - 100, SerialPort.TAIL_BYTES);
        assertThat(tail.length() % 100).isEqualTo(2);
    }

    @Test
    void whoDoesNotReadHoldsNobodyUpAndIsToldWhatWasSkipped() throws Exception {
        ByteChannel slow = port.open();
        ByteChannel reader = port.open();
        Future<String> everything = others.submit(() -> readUntil(reader, "the end"));
        byte[] flood = new byte[64 << 10];
        for (int i = 0; i < 64; i++) {
            guestWrites(flood);
        }
        guestWrites("the end");
        assertThat(everything.get()).endsWith("the end");
        // One is shown it after the other, and the log gets it last.
        await().until(() -> folder.logTail().endsWith("the end"));
        int known = SerialConnection.MAX_WAITING_BYTES;
        String late = readUntil(slow, "the end");
        assertThat(late).startsWith("\r\n[" + ((4 << 20) + 7 - known) + " bytes were skipped: ");
        assertThat(late.substring(late.indexOf(']') + 3)).hasSize(known);
    }

    @Test
    void whatIsSentArrivesAsItIsHoweverLong() throws Exception {
        byte[] sent = new byte[1 << 20];
        new Random(1).nextBytes(sent);
        ByteChannel sender = port.open();
        Future<Integer> written = others.submit(() -> sender.write(ByteBuffer.wrap(sent)));
        assertThat(guestReads(sent.length)).isEqualTo(sent);
        assertThat(written.get()).isEqualTo(sent.length);
    }

    @Test
    void whatTwoSendAtOnceDoesNotMix() throws Exception {
        List<Future<Integer>> sent = new ArrayList<>();
        for (String who : List.of("a", "b")) {
            ByteBuffer words = StandardCharsets.US_ASCII.encode(who.repeat(100_000));
            ByteChannel channel = port.open();
            sent.add(others.submit(() -> channel.write(words)));
        }
        String all = new String(guestReads(200_000), StandardCharsets.US_ASCII);
        assertThat(all).matches("a{100000}b{100000}|b{100000}a{100000}");
        for (Future<Integer> one : sent) {
            assertThat(one.get()).isEqualTo(100_000);
        }
    }

    @Test
    void aGuestThatTakesNothingIsWaitedForNoLongerThanItsDeadlineAndIsStillRead() throws Exception {
        ByteChannel reader = port.open();
        ByteBuffer tooMuch = ByteBuffer.allocate(1 << 20);
        assertThatThrownBy(() -> port.send(tooMuch, SHORT))
                .isInstanceOf(SocketTimeoutException.class)
                .hasMessage("The guest does not read its serial port");
        assertThat(tooMuch.position()).as("what is kept for the guest").isLessThan(64 << 10);
        guestWrites("still here");
        assertThat(readUntil(reader, "still here")).isEqualTo("still here");
    }

    @Test
    void whoWaitsForAnotherSenderHasADeadlineToo() throws Exception {
        Future<?> stuck = others.submit(() -> {
            port.send(ByteBuffer.allocate(1 << 20), Duration.ofSeconds(50));
            return null;
        });
        // The first one has the port when what it sent begins to arrive.
        guestReads(1);
        assertThatThrownBy(() -> port.send(ByteBuffer.allocate(1), SHORT)).isInstanceOf(SocketTimeoutException.class);
        guest.close();
        assertThatThrownBy(stuck::get).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(IOException.class);
    }

    @Test
    void connectionsEndWithTheMachine() throws Exception {
        ByteChannel reader = port.open();
        guestWrites("last words");
        guest.close();
        port.drained().get(30, TimeUnit.SECONDS);
        assertThat(readUntil(reader, "last words")).isEqualTo("last words");
        assertThat(reader.read(ByteBuffer.allocate(9))).isEqualTo(-1);
        assertThatThrownBy(() -> reader.write(ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
        ByteChannel late = port.open();
        assertThat(readUntil(late, "last words")).isEqualTo("last words");
        assertThat(late.read(ByteBuffer.allocate(9))).isEqualTo(-1);
    }

    @Test
    void closingOneEndsItsReadAndNoOther() throws Exception {
        ByteChannel closed = port.open();
        ByteChannel other = port.open();
        CompletableFuture<Void> read = CompletableFuture.runAsync(
                () -> {
                    try {
                        readToTheEnd(closed);
                    } catch (IOException e) {
                        throw new java.util.concurrent.CompletionException(e);
                    }
                },
                others);
        closed.close();
        closed.close();
        assertThatThrownBy(read::get).hasCauseInstanceOf(AsynchronousCloseException.class);
        assertThatThrownBy(() -> closed.write(ByteBuffer.allocate(1))).isInstanceOf(ClosedChannelException.class);
        guestWrites("on it goes");
        assertThat(readUntil(other, "on it goes")).isEqualTo("on it goes");
    }

    @Test
    void aServerThatEndsEndsTheConnections() throws Exception {
        ByteChannel reader = port.open();
        guestWrites("before");
        assertThat(readUntil(reader, "before")).isEqualTo("before");
        consoles.close();
        assertThat(reader.read(ByteBuffer.allocate(9))).isEqualTo(-1);
    }

    @Test
    void aFolderThatIsGoneKeepsNobodyFromWatching() throws Exception {
        Files.delete(folder.run());
        Files.delete(folder.path());
        ByteChannel reader = port.open();
        guestWrites("shown");
        assertThat(readUntil(reader, "shown")).isEqualTo("shown");
    }
}
