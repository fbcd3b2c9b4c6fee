package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;

/** The commands on instances beyond their start and stop. */
@Timeout(120)
class InstanceCommandsTest {
    private final ObjectMapper json = new ObjectMapper();

    @TempDir
    private Path folder;

    private TestServer server;
    private String id;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.withManager(folder.resolve("data"), Map.of());
        server.serve("demo", 0);
        id = json(run(0, "instance", "start", "demo", "--json").out())
                .path("id")
                .asText();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private JsonNode json(String text) throws IOException {
        return json.readTree(text);
    }

    private CommandRun run(int status, String... words) {
        List<String> arguments = new ArrayList<>(List.of(words));
        arguments.addAll(List.of("--data", folder.resolve("data").toString()));
        CommandRun ended = CommandRun.of(arguments);
        assertThat(ended.status())
                .as("%s: %s%s", arguments, ended.out(), ended.err())
                .isEqualTo(status);
        return ended;
    }

    @Test
    void snapshotsAreTakenListedRestoredAndRemoved() throws IOException {
        java.util.UUID machine = java.util.UUID.fromString(id);
        server.world().content(machine, "before");
        run(0, "instance", "snapshot", id, "first");
        server.world().content(machine, "after");
        assertThat(run(0, "instance", "snapshots", id).out()).contains("NAME", "first", "1000 B");
        assertThat(json(run(0, "instance", "restore", id, "first", "--json").out())
                        .path("state")
                        .asText())
                .isEqualTo("succeeded");
        assertThat(server.world().content(machine)).isEqualTo("before");
        run(0, "instance", "remove-snapshot", id, "first");
        assertThat(json(run(0, "instance", "snapshots", id, "--json").out()).path("snapshots"))
                .isEmpty();
        assertThat(run(1, "instance", "restore", id, "first").err()).contains("has no such snapshot");
        assertThat(run(1, "instance", "snapshot", id, "a b").err()).contains("name");
        assertThat(run(1, "instance", "remove-snapshot", id, "../x").err()).isNotBlank();
    }

    @Test
    void anInstanceIsSavedAsAVersionAndAsAService() throws IOException {
        assertThat(json(run(0, "instance", "save", id, "--json").out())
                        .path("result")
                        .asText())
                .isEqualTo("2");
        run(0, "instance", "save", id, "--as", "demo.saved");
        assertThat(run(0, "service", "list").out()).contains("demo.saved");
        assertThat(run(1, "instance", "save", id, "--as", "demo.saved").err()).contains("already");
        assertThat(run(0, "instance", "show", id).out()).contains("ready");
    }

    @Test
    void theConsoleIsNamedAndTheLogFollowedToTheEndOfTheInstance() throws Exception {
        assertThat(run(0, "instance", "console", id, "--link").out())
                .isEqualTo(server.manager() + "/instances/" + id + "/console\n");
        run(1, "instance", "console", "nonsense", "--link");
        CompletableFuture<CommandRun> follower =
                CompletableFuture.supplyAsync(() -> run(0, "instance", "log", "--follow", id));
        Awaitility.await().until(() -> server.world().running().size() == 1);
        server.world().die(java.util.UUID.fromString(id), "test");
        assertThat(follower.get(60, TimeUnit.SECONDS).out()).contains("last words of " + id);
    }

    @Test
    void onlyWhatWasAddedToALogIsPrinted() {
        assertThat(LogFollower.added("", "one\n")).isEqualTo("one\n");
        assertThat(LogFollower.added("one\n", "one\n")).isEmpty();
        assertThat(LogFollower.added("one\n", "one\ntwo\n")).isEqualTo("two\n");
        assertThat(LogFollower.added("lost\none\n" + "x".repeat(500), "ne\n" + "x".repeat(500) + "new"))
                .isEqualTo("new");
        assertThat(LogFollower.added("one\n", "something else\n")).isEqualTo("something else\n");
    }
}
