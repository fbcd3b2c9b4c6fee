package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.TestServer;

/** Images that are prepared by hand, by the commands, on a whole server with a fake hypervisor. */
@Timeout(120)
class PrepareCommandsTest {
    private final ObjectMapper json = new ObjectMapper();

    @TempDir
    private Path folder;

    @TempDir
    private Path isos;

    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.withManager(folder.resolve("data"), Map.of("packages.import-folder", isos.toString()));
        Files.writeString(isos.resolve("debian.iso"), "an installer");
    }

    @AfterEach
    void stop() {
        server.close();
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

    private JsonNode json(String... words) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(words));
        arguments.add("--json");
        return json.readTree(run(0, arguments.toArray(String[]::new)).out());
    }

    private Path image() throws IOException {
        return Files.writeString(folder.resolve("image"), "a plain system");
    }

    @Test
    void aStoredImageIsPreparedAndUsed() throws IOException {
        run(
                0,
                "service",
                "add",
                "demo",
                "--port",
                "9000",
                "--pool",
                "0",
                "--image",
                image().toString(),
                "--store-only");
        assertThat(run(0, "image", "import", "demo", image().toString(), "--store-only")
                        .out())
                .isEqualTo(
                        "The image is stored as version 2. './cloudlet service prepare begin demo --from 2' opens it in a"
                                + " console.\n");
        assertThat(server.world().calls(FakeCall.BOOT)).isZero();
        assertThat(json("service", "show", "demo").path("image_version").isNull())
                .isTrue();

        String console = server.manager() + "/services/demo/preparation";
        assertThat(run(0, "service", "prepare", "begin", "demo").out())
                .contains("running", "version 2", "none", console);
        assertThat(run(0, "service", "prepare", "show", "demo", "--link").out()).isEqualTo(console + "\n");
        assertThat(json("service", "prepare", "show", "demo").path("state").asText())
                .isEqualTo("running");
        assertThat(run(1, "service", "prepare", "begin", "demo").err()).contains("being prepared already");

        assertThat(run(0, "service", "prepare", "save", "demo").out())
                .isEqualTo("It was saved as image version 3, which new instances are started from.\n");
        assertThat(json("service", "show", "demo").path("image_version").asInt())
                .isEqualTo(3);
        assertThat(run(1, "service", "prepare", "show", "demo").err()).contains("No image of demo is being prepared");
        run(0, "instance", "start", "demo");
        assertThat(run(0, "service", "prepare", "begin", "demo", "--from", "1").out())
                .contains("version 1");
    }

    @Test
    void aBlankDiskIsInstalledOnFromACdrom() throws IOException {
        run(0, "service", "add", "demo", "--port", "9000", "--pool", "0");
        assertThat(run(1, "service", "prepare", "begin", "demo").err())
                .contains("has no image to begin from", "--blank", "--store-only");
        JsonNode begun = json(
                "service", "prepare", "begin", "demo", "--blank", "2048", "--cdrom", "debian.iso", "--network", "open");
        assertThat(begun.path("blank_mib").asInt()).isEqualTo(2048);
        assertThat(begun.path("version").isNull()).isTrue();
        UUID machine = UUID.fromString(begun.path("id").asText());
        assertThat(server.world().cdrom(machine)).contains(isos.resolve("debian.iso"));
        assertThat(server.world().request(machine).network()).isEqualTo(NetworkAccess.OPEN);
        assertThat(run(0, "service", "prepare", "show", "demo").out())
                .contains("a blank disk of 2048 MiB", "open", "debian.iso");
        assertThat(run(0, "service", "prepare", "eject", "demo").out()).doesNotContain("debian.iso");
        assertThat(server.world().cdrom(machine)).isEmpty();

        server.world().shutDown(machine);
        assertThat(run(0, "service", "prepare", "show", "demo").out())
                .contains("powered off", "its preparation is switched off; save or discard it");
        assertThat(run(0, "service", "prepare", "restart", "demo").out()).contains("running");
        run(0, "service", "prepare", "save", "demo");
        assertThat(json("service", "show", "demo").path("image_version").asInt())
                .isEqualTo(1);
    }

    @Test
    void itIsDiscardedWithoutATrace() throws IOException {
        server.serve("demo", 0);
        run(0, "service", "prepare", "begin", "demo");
        assertThat(run(0, "service", "prepare", "discard", "demo").out()).isEmpty();
        assertThat(json("image", "list", "demo").path("images")).hasSize(1);
        assertThat(server.world().running()).isEmpty();
        run(1, "service", "prepare", "discard", "demo");
    }

    @Test
    void whatCannotBeSavedIsToldAndAForcedSaveGoesOnByItself() throws IOException {
        server.serve("demo", 0);
        run(0, "service", "prepare", "begin", "demo");
        server.world().guestsShutDown(false);
        assertThat(run(1, "service", "prepare", "save", "demo").err())
                .contains("did not succeed: The guest did not switch itself off");
        JsonNode operation = json("service", "prepare", "save", "demo", "--force", "--no-wait");
        run(0, "operation", "wait", operation.path("id").asText());
        assertThat(json("service", "show", "demo").path("image_version").asInt())
                .isEqualTo(2);
    }

    @Test
    void whatFailsSaysSoInOneLineAndBeginsNothing() throws IOException {
        server.serve("demo", 0);
        refused("begin unknown", "There is no service unknown");
        refused("begin demo --from 7", "has no image version 7");
        refused("begin demo --from -1", "version");
        for (String wrong : List.of("0", "-5", "2147483647")) {
            refused("begin demo --cdrom debian.iso --blank " + wrong, "blank_mib: must be 1 to");
        }
        refused("begin demo --blank 2048", "cdrom: must be given with a blank disk");
        refused("begin demo --cdrom ../debian.iso", "cdrom: must be an ISO file in the import folder");
        for (String command : List.of("show demo", "show demo --link", "save demo", "restart demo", "eject demo")) {
            refused(command, "No image of demo is being prepared");
        }
        assertThat(server.world().running()).isEmpty();
    }

    private void refused(String command, String why) {
        CommandRun ended = run(1, ("service prepare " + command).split(" "));
        assertThat(ended.err().lines()).hasSize(1);
        assertThat(ended.err()).startsWith("cloudlet: ").contains(why);
        assertThat(ended.out()).isEmpty();
    }

    @Test
    void wrongUsageIsStatusTwo() {
        for (String wrong : List.of(
                "",
                " nonsense",
                " begin",
                " begin demo --from 1 --blank 5",
                " begin demo --from one",
                " begin demo --network half",
                " begin demo --blank 99999999999999999999")) {
            CommandRun ended = CommandRun.of(List.of(("service prepare" + wrong).split(" ")));
            assertThat(ended.status()).as(wrong).isEqualTo(2);
            assertThat(ended.err()).startsWith("cloudlet: ").contains("--help");
        }
    }

    @Test
    void withoutAManagerThereIsNoConsoleAndItSaysSo() throws IOException {
        Path data = folder.resolve("headless");
        try (TestServer headless = new TestServer(data)) {
            headless.serve("demo", 0);
            CommandRun begun = CommandRun.of(List.of("service", "prepare", "begin", "demo", "--data", data.toString()));
            assertThat(begun.out()).contains("running", "has no Manager", "--manager-port");
            CommandRun link =
                    CommandRun.of(List.of("service", "prepare", "show", "demo", "--link", "--data", data.toString()));
            assertThat(link.status()).isEqualTo(1);
            assertThat(link.err()).contains("--manager-port");
        }
    }

    @Test
    void eachHelpTellsTheTwoPreparationsApart() {
        assertThat(CommandRun.of(List.of("service", "prepare", "--help")).out()).contains("by hand", "image prepare");
        assertThat(CommandRun.of(List.of("image", "prepare", "--help")).out()).contains("template", "service prepare");
    }
}
