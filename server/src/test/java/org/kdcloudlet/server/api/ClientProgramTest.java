package org.kdcloudlet.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.client.cli.Main;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** The program ./cloudlet-client against the server's device API. */
class ClientProgramTest {
    private static final String SPEECH = "org.example.speech";

    private final DeviceApiFixture server = new DeviceApiFixture(DeviceApiFixture.onFreePort());
    private final String place = "127.0.0.1:" + server.port();
    private String out = "";
    private String err = "";

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void servicesAsATableAndAsJson() throws IOException {
        run(0, "services", "--at", place);
        assertThat(out.lines()).hasSize(2);
        assertThat(out).contains("SERVICE", SPEECH, "speech,audio", "Speech \"Sphinx\" café");
        JsonNode services = json("services", "--at", "cloudlet://" + place + "?name=ridge");
        assertThat(services.get(0).path("service_id").asText()).isEqualTo(SPEECH);
        assertThat(services.get(0).path("cloudlet").asText()).isEqualTo("ridge");
    }

    @Test
    void anInstanceFromStartToStop() throws IOException {
        JsonNode started = json("start", SPEECH, "--at", place);
        assertThat(started.path("port").asInt()).isEqualTo(19_398);
        assertThat(started.path("host").asText()).isEqualTo("127.0.0.1");
        run(0, "stop", started.path("instance_id").asText(), "--at", place);
        run(0, "start", SPEECH, "--join", "--at", place);
        assertThat(out).contains("Port      19398");
        assertThat(server.instances.calls)
                .containsExactly("start " + SPEECH + " false", "stop " + StubInstances.ID, "start " + SPEECH + " true");
    }

    @Test
    void aCommandRunsWhileTheServiceIsAtHandAndItsStatusIsTheProgrammes() throws IOException {
        run(0, "run", "--at", place, SPEECH, "test", "-n", "x");
        run(1, "run", "--at", place, SPEECH, "test", "-n", "");
        run(0, "run", "--at", place, SPEECH, "printenv", "CLOUDLET_SERVICE_PORT", "CLOUDLET_SERVICE_HOST");
        run(1, "run", "--at", place, SPEECH, "no-such-program-anywhere");
        assertThat(err.lines()).hasSize(1);
        assertThat(server.instances.calls.stream().filter(call -> call.startsWith("start")))
                .hasSize(4);
        assertThat(server.instances.calls.stream().filter(call -> call.startsWith("stop")))
                .hasSize(4);
    }

    @Test
    void appsAndMessagesThatAreNotThere() throws IOException {
        assertThat(json("apps", "--tag", "no-such-tag", "--at", place)).isEmpty();
        assertThat(json("messages", SPEECH, "--at", place)).isEmpty();
        run(1, "get", "no-such-app", "--at", place);
        assertThat(err.lines()).hasSize(1);
    }

    /** A fake app store, since the server has none yet. */
    @Test
    void anAppIsListedAndDownloaded(@TempDir Path folder) throws IOException {
        HttpServer store = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        answer(
                store,
                "/api/apps",
                "{\"apps\":[{\"_id\":\"5e7e\",\"name\":\"Speech\",\"tags\":[\"speech\"],"
                        + "\"md5sum\":\"900150983cd24fb0d6963f7d28e17f72\"}]}");
        answer(store, "/api/apps/get", "abc");
        store.start();
        String there = "127.0.0.1:" + store.getAddress().getPort();
        Path file = folder.resolve("speech.apk");
        try {
            assertThat(json("apps", "--at", there).get(0).path("name").asText()).isEqualTo("Speech");
            JsonNode got = json("get", "Speech", "--at", there, "--output", file.toString());
            assertThat(got.path("bytes").asInt()).isEqualTo(3);
            assertThat(file).hasContent("abc");
        } finally {
            store.stop(0);
        }
    }

    private static void answer(HttpServer store, String path, String body) {
        store.createContext(path, exchange -> {
            try (exchange) {
                byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });
    }

    @Test
    void whatFailsSaysSoInOneLine() throws IOException {
        server.instances.onStart = (serviceId, join) -> {
            throw new CloudletException(ErrorCode.SERVICE_UNKNOWN, "There is no service of this id");
        };
        List<List<String>> failing = List.of(
                List.of("services", "--at", "127.0.0.1:1"),
                List.of("services", "--at", "http://x"),
                List.of("services", "--at", "no-such-cloudlet", "--interface", "none"),
                List.of("start", "org.example.other", "--at", place),
                List.of("start", "a&b", "--at", place),
                List.of("start", SPEECH, "--interface", "none"),
                List.of("stop", "x"),
                List.of("stop", "x", "--at", place),
                List.of("services", "--at", "cloudlet://" + place + "?name=ridge&encryption=enabled"),
                List.of("find", "--seconds", "0.01", "--interface", "none"));
        for (List<String> arguments : failing) {
            run(1, arguments.toArray(String[]::new));
            assertThat(err.lines()).as("%s: %s", arguments, err).hasSize(1);
            assertThat(err).startsWith("cloudlet-client: ").doesNotContain("Exception");
        }
        assertThat(err).contains("There is no network interface called none");
        run(1, "services", "--at", "127.0.0.1:1");
        assertThat(err).containsOnlyOnce("127.0.0.1");
    }

    @Test
    void wrongUsageIsStatusTwo() throws IOException {
        run(2);
        run(2, "nonsense");
        run(2, "start");
        run(2, "find", "--seconds", "soon");
        run(2, "find", "--seconds", "-1");
        run(2, "find", "--seconds", "NaN");
        run(2, "services", "--timeout", "0");
        run(0, "--help");
        run(0, "run", "--help");
    }

    private JsonNode json(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--json");
        run(0, all.toArray(String[]::new));
        return new ObjectMapper().readTree(out);
    }

    private void run(int status, String... arguments) throws IOException {
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        int ended;
        try (PrintStream outStream = new PrintStream(outBytes, true, StandardCharsets.UTF_8);
                PrintStream errStream = new PrintStream(errBytes, true, StandardCharsets.UTF_8)) {
            ended = Main.run(outStream, errStream, arguments);
        }
        out = outBytes.toString(StandardCharsets.UTF_8);
        err = errBytes.toString(StandardCharsets.UTF_8);
        assertThat(ended).as("%s: %s", List.of(arguments), err).isEqualTo(status);
    }
}
