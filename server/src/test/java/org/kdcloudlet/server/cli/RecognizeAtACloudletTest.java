package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.speech.client.Main;
import org.kdcloudlet.speech.recognizer.PocketSphinx;
import org.kdcloudlet.speech.service.Limits;
import org.kdcloudlet.speech.service.SpeechServer;
import picocli.CommandLine;

/**
 * {@code ./cloudlet speech recognize} with a whole server that is found by multicast DNS. Its machines are fakes: the service, the real
 * one, is started on this host at the port that the guest's would be forwarded from. {@link DemoTest} has the guest itself.
 */
class RecognizeAtACloudletTest {
    private static final Path SPHINX = Path.of("/usr/share/pocketsphinx");
    private static final Path RECORDING = SPHINX.resolve("test/data/cards/005.wav");
    private static final Path GRAMMAR = SPHINX.resolve("test/data/cards/cards.gram");

    /** Other cloudlets may be in reach of the machine that tests run on. */
    private final String service = "org.example.speech-" + UUID.randomUUID();

    private final String name = "ridge-" + ProcessHandle.current().pid();

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    private TestServer server;

    /** Whoever looks does so for a second and a half; before a server is found at all, it asks whether its name is free. */
    @BeforeEach
    void start() {
        server = new TestServer(
                folder.resolve("data"),
                Map.of(
                        "server.name", name,
                        "discovery.method", "built-in",
                        "device-api.address", "0.0.0.0",
                        "instances.address", "0.0.0.0"));
        await().atMost(TestCloudlet.PATIENCE).until(() -> server.json(server.admin("GET", "/v1/status", ""))
                .at("/discovery/state")
                .asText()
                .equals("announced"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void findsACloudletJoinsItsServiceAndSends() throws Exception {
        server.serve(service, 0);
        JsonNode running = server.json(server.device("/api/servicevm/start?join=true&serviceId=" + service));
        int port = running.path("port").asInt();
        Path worker = Path.of(System.getProperty("cloudlet.project")).resolve("speech/target/speech-worker");

        try (PocketSphinx engine = PocketSphinx.start(
                        worker, SPHINX.resolve("model/en-us"), "dictation", Map.of("cards", GRAMMAR), 1);
                SpeechServer speech = SpeechServer.start(
                        engine,
                        Map.of("cards", new InetSocketAddress(port)),
                        folder.resolve("spool"),
                        Limits.DEFAULT)) {
            assertThat(speech.port("cards")).isEqualTo(port);
            assertThat(recognize("--service", service)).as(err.toString()).isZero();
        }

        assertThat(out.toString())
                .containsPattern("The service is at .*:" + port + " on " + name + "\n")
                .containsPattern("005\\.wav  [0-9]+ ms  eight of spades four of clubs seven of hearts\n");
        assertThat(server.world().running()).as("the instance was joined").hasSize(1);
    }

    @Test
    void aServiceThatNoCloudletHasIsOneLine() {
        assertThat(recognize("--service", service)).isEqualTo(1);
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString()).startsWith("speech: ").contains(service);
        assertThat(out.toString()).isEmpty();
    }

    /** The fake machine has no service behind its port. */
    @Test
    void aServiceThatDoesNotListenIsOneLine() throws Exception {
        server.serve(service, 0);

        assertThat(recognize("--service", service)).isEqualTo(1);

        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString()).startsWith("speech: ").contains("refused");
    }

    private int recognize(String... options) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        String[] arguments = new String[options.length + 2];
        arguments[0] = "recognize";
        arguments[1] = RECORDING.toString();
        System.arraycopy(options, 0, arguments, 2, options.length);
        return commandLine.execute(arguments);
    }
}
