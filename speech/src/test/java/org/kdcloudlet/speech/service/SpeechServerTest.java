package org.kdcloudlet.speech.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.speech.audio.Wavs;
import org.kdcloudlet.speech.client.SpeechConnection;
import org.kdcloudlet.speech.recognizer.Engines;
import org.kdcloudlet.speech.recognizer.PocketSphinx;

/** The wire protocol and its errors, with the real engine behind it. */
class SpeechServerTest {
    private static final String CARDS = "eight of spades four of clubs seven of hearts ";
    private static final String CARDS_REPLY =
            "Speech output: " + CARDS + " \\[file_create: [0-9]+ms , processing: [0-9]+ ms\\.\\]";

    private static PocketSphinx engine;

    @TempDir
    Path folder;

    private SpeechServer server;

    @BeforeAll
    static void startEngine() throws IOException {
        engine = Engines.start(2);
    }

    @AfterAll
    static void endEngine() {
        engine.close();
    }

    @BeforeEach
    void start() throws IOException {
        serve(new Limits(16, Duration.ofSeconds(30), Duration.ofSeconds(30)));
    }

    private void serve(Limits limits) throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        server = SpeechServer.start(
                engine, Map.of(Engines.CARDS, any, Engines.DICTATION, any), folder.resolve("spool"), limits);
    }

    @AfterEach
    void end() {
        server.close();
    }

    /** Source: spec/speech.md. The stock app takes the answer with a single read. */
    @Test
    void answersInOneWriteWhatTheProtocolSays() throws IOException {
        byte[] wav = Files.readAllBytes(Engines.cards());
        try (Socket socket = connect(Engines.CARDS)) {
            for (int exchange = 0; exchange < 3; exchange++) {
                socket.getOutputStream()
                        .write(ByteBuffer.allocate(8 + wav.length)
                                .putLong(wav.length)
                                .put(wav)
                                .array());
                byte[] buffer = new byte[4096];
                int read = socket.getInputStream().read(buffer);

                int length = ByteBuffer.wrap(buffer).getInt();
                assertThat(read).isEqualTo(4 + length);
                assertThat(new String(buffer, 4, length, StandardCharsets.US_ASCII))
                        .matches(CARDS_REPLY);
            }
        }
    }

    @Test
    void aRecordingWithoutWordsHasTheSameForm() throws IOException {
        try (SpeechConnection connection = open(Engines.CARDS)) {
            assertThat(connection.recognize(Wavs.wav(16_000, 1, 16, new byte[32_000])))
                    .matches("Speech output:  \\[file_create: [0-9]+ms , processing: [0-9]+ ms\\.\\]");
        }
    }

    @Test
    void eachPortHasItsModel() throws IOException {
        try (SpeechConnection connection = open(Engines.DICTATION)) {
            assertThat(connection.recognize(
                            Engines.RECORDINGS.resolve("librivox/sense_and_sensibility_01_austen_64kb-0920.wav")))
                    .startsWith("Speech output: had he married a more amiable woman ");
        }
    }

    @Test
    void bytesMayComeOneByOne() throws IOException {
        byte[] wav = Files.readAllBytes(Engines.cards());
        byte[] request =
                ByteBuffer.allocate(8 + wav.length).putLong(wav.length).put(wav).array();
        try (Socket socket = connect(Engines.CARDS)) {
            socket.setTcpNoDelay(true);
            for (int i = 0; i < 60; i++) {
                socket.getOutputStream().write(request, i, 1);
            }
            socket.getOutputStream().write(request, 60, request.length - 60);
            assertThat(reply(socket)).matches(CARDS_REPLY);
        }
    }

    @Test
    void aLengthThatIsTooLargeIsRefusedAndTheConnectionClosed() throws IOException {
        for (long length : new long[] {Limits.MAX_FILE + 1L, 1L << 40, Long.MAX_VALUE, -1, Long.MIN_VALUE, 0}) {
            try (Socket socket = connect(Engines.CARDS)) {
                new DataOutputStream(socket.getOutputStream()).writeLong(length);
                socket.getOutputStream().write(new byte[100_000]);

                assertThat(reply(socket)).startsWith("Speech error: The length of a recording is 1 to 10485760 bytes");
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }
        }
        stillWorks();
    }

    @Test
    void theLargestFileIsTaken() throws IOException {
        byte[] silence = Wavs.wav(16_000, 1, 16, new byte[Limits.MAX_FILE - 44]);
        assertThat(silence).hasSize(Limits.MAX_FILE);

        try (SpeechConnection connection = open(Engines.CARDS)) {
            assertThat(connection.recognize(silence)).startsWith("Speech output: ");
        }
    }

    @Test
    void whatIsNoRecordingIsRefusedWithAReason() throws IOException {
        refused("GET / HTTP/1.0".getBytes(StandardCharsets.US_ASCII), "This is not a WAV file");
        refused(new byte[5], "The WAV file ends before");
        refused(Wavs.wav(96_000, 1, 16, new byte[100]), "96000 samples a second");
        refused(Wavs.wav(16_000, 5, 16, new byte[100]), "5 channels");
        refused(Wavs.wav(8_000, 1, 8, new byte[8_000 * 340]), "longer than 330 seconds");
        stillWorks();
    }

    private void refused(byte[] file, String reason) throws IOException {
        try (Socket socket = connect(Engines.CARDS)) {
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeLong(file.length);
            out.write(file);

            assertThat(reply(socket)).startsWith("Speech error: ").contains(reason);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void noiseOnTheWireHarmsNothing() throws IOException {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            byte[] noise = new byte[random.nextInt(300)];
            random.nextBytes(noise);
            if (noise.length > 8 && random.nextBoolean()) {
                ByteBuffer.wrap(noise).putLong(noise.length - 8);
            }
            try (Socket socket = connect(Engines.CARDS)) {
                socket.getOutputStream().write(noise);
                socket.shutdownOutput();
                assertThat(socket.getInputStream().readAllBytes().length).isLessThan(300);
            }
        }
        stillWorks();
    }

    @Test
    void aClientThatGoesAwayHarmsNothing() throws IOException {
        byte[] wav = Files.readAllBytes(Engines.cards());
        for (int sent : new int[] {0, 3, 8, 100, wav.length + 8}) {
            try (Socket socket = connect(Engines.CARDS)) {
                byte[] request = ByteBuffer.allocate(8 + wav.length)
                        .putLong(wav.length)
                        .put(wav)
                        .array();
                socket.getOutputStream().write(request, 0, sent);
                socket.setSoLinger(true, 0);
            }
        }
        stillWorks();
        await().atMost(Duration.ofSeconds(20)).until(() -> spooled() == 0);
    }

    @Test
    void aClientThatStopsSendingIsClosed() throws IOException {
        server.close();
        serve(new Limits(16, Duration.ofMillis(300), Duration.ofMillis(300)));
        for (int sent : new int[] {0, 1, 8, 500}) {
            try (Socket socket = connect(Engines.CARDS)) {
                byte[] request = ByteBuffer.allocate(1000).putLong(2000).array();
                assertThat(isClosedAfter(socket, request, sent)).isTrue();
            }
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> spooled() == 0);
        // A client that has to wait for a processor is too slow for this server, too.
        await().atMost(Duration.ofMinutes(2)).ignoreExceptions().untilAsserted(this::stillWorks);
    }

    /** Whether the server closes a connection in which so much comes; one that it closed already is reset. */
    private static boolean isClosedAfter(Socket socket, byte[] request, int sent) throws IOException {
        try {
            socket.getOutputStream().write(request, 0, sent);
            return socket.getInputStream().read() < 0;
        } catch (SocketException closed) {
            return true;
        }
    }

    @Test
    void slowClientsHarmNoOther() throws IOException {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 10; i++) {
                Socket socket = connect(Engines.CARDS);
                slow.add(socket);
                new DataOutputStream(socket.getOutputStream()).writeLong(Limits.MAX_FILE);
                socket.getOutputStream().write(new byte[1000]);
            }
            for (int i = 0; i < 5; i++) {
                stillWorks();
            }
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void oneConnectionTooManyIsToldSo() throws IOException {
        server.close();
        serve(new Limits(2, Duration.ofSeconds(30), Duration.ofSeconds(30)));
        try (SpeechConnection first = open(Engines.CARDS);
                SpeechConnection second = open(Engines.CARDS)) {
            assertThat(first.recognize(Engines.cards())).matches(CARDS_REPLY);
            assertThat(second.recognize(Engines.cards())).matches(CARDS_REPLY);
            try (Socket third = connect(Engines.CARDS)) {
                assertThat(reply(third)).isEqualTo("Speech error: There are 2 connections already; try again later.");
                assertThat(third.getInputStream().read()).isEqualTo(-1);
            }
            assertThat(first.recognize(Engines.cards())).matches(CARDS_REPLY);
        }
        await().atMost(Duration.ofSeconds(20)).ignoreExceptions().untilAsserted(this::stillWorks);
    }

    @Test
    void manyClientsAtOnceAllGetTheirAnswers() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try {
            List<Future<List<String>>> clients = new ArrayList<>();
            for (int client = 0; client < 16; client++) {
                clients.add(threads.submit(() -> {
                    List<String> replies = new ArrayList<>();
                    try (SpeechConnection connection = open(Engines.CARDS)) {
                        for (int i = 0; i < 5; i++) {
                            replies.add(connection.recognize(Engines.cards()));
                        }
                    }
                    return replies;
                }));
            }
            for (Future<List<String>> client : clients) {
                assertThat(client.get()).hasSize(5).allMatch(reply -> reply.matches(CARDS_REPLY));
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(spooled()).isZero();
    }

    private void stillWorks() throws IOException {
        try (SpeechConnection connection = open(Engines.CARDS)) {
            assertThat(connection.recognize(Engines.cards())).matches(CARDS_REPLY);
        }
    }

    /** Else a service that is killed again and again fills the disk of its guest. */
    @Test
    void whatAServerLeftThatWasKilledIsRemoved() throws IOException {
        server.close();
        Files.write(folder.resolve("spool/recording123.wav"), new byte[1000]);
        Path other = Files.createFile(folder.resolve("spool/other"));

        serve(Limits.DEFAULT);

        try (Stream<Path> files = Files.list(folder.resolve("spool"))) {
            assertThat(files).containsExactly(other);
        }
    }

    private long spooled() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("spool"))) {
            return files.count();
        }
    }

    private SpeechConnection open(String model) throws IOException {
        return SpeechConnection.open("127.0.0.1", server.port(model), Duration.ofMinutes(2));
    }

    private Socket connect(String model) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port(model));
        socket.setSoTimeout(60_000);
        return socket;
    }

    private static String reply(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        text.write(in.readNBytes(in.readInt()));
        return text.toString(StandardCharsets.UTF_8);
    }
}
