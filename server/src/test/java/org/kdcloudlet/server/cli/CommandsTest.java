package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.hypervisor.Probe;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.app.TestApk;

/** The commands of ./cloudlet against a whole server on a fake hypervisor. */
@Timeout(120)
class CommandsTest {
    private final ObjectMapper json = new ObjectMapper();

    @TempDir
    private Path folder;

    private TestServer server;
    private String out = "";
    private String err = "";

    @BeforeEach
    void start() {
        server = new TestServer(folder.resolve("data"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aServiceFromAddToRemove() throws IOException {
        Path image = Files.writeString(folder.resolve("image"), "an image");
        run(
                0,
                "service",
                "add",
                "demo",
                "--image",
                image.toString(),
                "--port",
                "9000",
                "--memory",
                "128",
                "--pool",
                "0");
        run(0, "service", "list");
        assertThat(out.lines().toList()).hasSize(2);
        assertThat(out).startsWith("SERVICE").contains("demo", "version 1");
        run(0, "service", "edit", "demo", "--description", "What it does", "--tag", "one", "--users", "3");
        JsonNode shown = json("service", "show", "demo");
        assertThat(shown.path("description").asText()).isEqualTo("What it does");
        assertThat(shown.path("num_users").asInt()).isEqualTo(3);
        assertThat(shown.at("/machine/memory_mib").asInt()).isEqualTo(128);
        run(0, "service", "remove", "demo");
        assertThat(json("service", "list").path("services")).isEmpty();
    }

    /** What a probe sends may be no text, and is then in a file. */
    @Test
    void aProbeSendsWhatIsInAFile() throws IOException {
        byte[] bytes = new byte[Probe.MAX_SENT];
        bytes[1] = -1;
        Path file = Files.write(folder.resolve("a:probe"), bytes);
        String name = file.toString().replace(":", "\\:");

        run(0, "service", "add", "a", "--port", "9000", "--probe", "exchange:@" + name + ":Speech output");

        JsonNode probe = json("service", "show", "a").path("probe");
        assertThat(probe.path("send").binaryValue()).isEqualTo(bytes);
        assertThat(probe.path("expect").binaryValue()).isEqualTo("Speech output".getBytes(StandardCharsets.US_ASCII));
        run(0, "service", "edit", "a", "--port", "9000", "--probe", "exchange:\\@home:yes");
        assertThat(json("service", "show", "a").at("/probe/send").binaryValue())
                .isEqualTo("@home".getBytes(StandardCharsets.US_ASCII));

        Files.write(file, new byte[Probe.MAX_SENT + 1]);
        run(2, "service", "edit", "a", "--probe", "exchange:@" + name + ":yes");
        assertThat(err).contains("may send 65507 bytes");
        run(2, "service", "edit", "a", "--probe", "exchange:@" + folder + "/nothing:yes");
        assertThat(err).contains("cannot read " + folder + "/nothing");
    }

    @Test
    void administratorsTokensAndTheAuditLog() throws IOException {
        Path password = Files.writeString(folder.resolve("password"), "a good password\n");
        run(0, "user", "add", "ada", "--role", "administrator", "--password-file", password.toString());
        run(0, "user", "add", "bob", "--password-file", password.toString());
        run(0, "user", "role", "bob", "operator");
        run(0, "user", "password", "bob", "--password-file", password.toString());
        run(0, "user", "list");
        assertThat(out).contains("ada", "administrator", "bob", "operator").doesNotContain("a good password");
        run(1, "user", "remove", "ada");
        assertThat(err).contains("only one");
        run(0, "user", "remove", "bob");

        run(0, "token", "create", "backup", "--role", "operator", "--days", "7");
        String secret = out.strip();
        assertThat(secret).startsWith("kdc_");
        JsonNode token = json("token", "list").path("tokens").get(0);
        assertThat(token.path("name").asText()).isEqualTo("backup");
        run(0, "token", "list");
        assertThat(out).contains("backup").doesNotContain(secret);
        run(0, "token", "revoke", token.path("id").asText());

        run(1, "admin", "setup-link");
        assertThat(err).contains("manager.port");
        run(0, "audit", "--action", "users");
        assertThat(out).contains("users.remove", "CONFLICT", System.getProperty("user.name"));
        assertThat(json("audit", "--actor", "nobody").path("entries")).isEmpty();
        run(0, "audit", "--csv", "--limit", "1");
        assertThat(out.lines()).hasSize(2);
        run(1, "audit", "--since", "yesterday");
    }

    @Test
    void settingsAreShownChangedAndReset() throws IOException {
        run(0, "settings");
        assertThat(out).contains("SETTING", "instances.max ", "100", "default", "server.name", "command line");
        run(0, "settings", "--changeable");
        assertThat(out).contains("instances.max ").doesNotContain("server.name");
        run(0, "settings", "set", "instances.max", "12");
        assertThat(out).isEqualToIgnoringNewLines("instances.max is 12 now");
        run(0, "settings", "reset", "instances.max");
        assertThat(out).isEqualToIgnoringNewLines("instances.max is 100 again");
        run(1, "settings", "set", "instances.max", "-1");
        assertThat(err).contains("must be a whole number from 1 to 10000");
        run(1, "settings", "set", "device-api.port", "1");
        assertThat(err).contains("configuration file");
        run(1, "settings", "reset", "no/such");
    }

    @Test
    void imagesOfAService() throws IOException {
        server.serve("demo", 0);
        Path image = Files.writeString(folder.resolve("image"), "another image");
        run(0, "image", "import", "demo", image.toString());
        assertThat(json("image", "list", "demo").path("images")).hasSize(2);
        run(0, "image", "use", "demo", "1");
        run(0, "image", "prepare", "demo", "2");
        run(0, "image", "remove", "demo", "1");
        run(0, "image", "list", "demo");
        assertThat(out).contains("VERSION", "qcow2", "ready");
    }

    @Test
    void anInstanceFromStartToStop() throws IOException {
        server.serve("demo", 0);
        String id = json("instance", "start", "demo").path("id").asText();
        run(0, "instance", "list");
        assertThat(out).contains(id, "ready", "9000/tcp");
        run(0, "instance", "pause", id);
        run(0, "instance", "show", id);
        assertThat(out).contains("paused");
        run(0, "instance", "resume", id);
        run(0, "instance", "suspend", id);
        run(0, "instance", "wake", id);
        run(0, "instance", "log", id);
        Path screen = folder.resolve("screen.png");
        run(0, "instance", "screenshot", id, screen.toString());
        assertThat(screen).isNotEmptyFile();
        run(0, "instance", "stop", id);
        assertThat(json("instance", "list").path("instances")).isEmpty();
    }

    @Test
    void aServiceIsExportedImportedAndRolledBack() throws IOException {
        server.serve("demo", 0);
        Path image = Files.writeString(folder.resolve("image"), "another image");
        run(0, "image", "import", "demo", image.toString());
        run(0, "service", "versions", "demo");
        assertThat(out.lines().toList()).hasSize(3);
        run(0, "service", "rollback", "demo");
        assertThat(json("service", "show", "demo").path("image_version").asInt())
                .isEqualTo(1);
        run(1, "service", "rollback", "demo");
        run(0, "service", "rollback", "demo", "2");
        Path saved = folder.resolve("demo.csvm");
        run(0, "service", "export", "demo", saved.toString(), "--uncompressed");
        run(1, "service", "import", saved.toString());
        assertThat(err).contains("There is a service demo already");
        run(0, "service", "remove", "demo");
        run(0, "service", "import", saved.toString());
        assertThat(out).contains("demo", "version 1").doesNotContain("Attention", "template that came");
        run(0, "service", "export", "demo", saved.toString(), "--template");
        assertThat(folder.resolve("demo.template")).isNotEmptyFile();
        run(0, "service", "remove", "demo", "--force");
        run(0, "service", "import", saved.toString());
        assertThat(out).contains("Its template came with it and is used");
        Files.writeString(folder.resolve("demo.template"), "something else");
        run(0, "service", "remove", "demo", "--force");
        run(0, "service", "import", saved.toString());
        assertThat(out).contains("The template that came with it is not used: it is damaged");
        run(1, "service", "export", "demo", "--to-folder");
        assertThat(err).contains("packages.export-folder");
        run(1, "service", "import", "demo.csvm", "--from-folder");
    }

    @Test
    void anAppFromAddToRemove() throws IOException {
        TestApk apks = new TestApk(folder);
        String name = "org.example.speech";
        Path first = apks.make(name, 7, "1.0");
        run(0, "app", "add", first.toString(), "--service", "demo", "--tag", "a b", "--tag", "two");
        assertThat(out).contains(name, "Speech", "1.0 (code 7)", "4.1", "a b, two");
        run(0, "app", "list");
        assertThat(out.lines().toList()).hasSize(2);
        run(0, "app", "edit", name, "--service", "", "--description", "Speech & more", "--tag", "one");
        JsonNode shown = json("app", "show", name);
        assertThat(shown.path("service_id").isNull()).isTrue();
        assertThat(shown.path("description").asText()).isEqualTo("Speech & more");
        assertThat(shown.path("tags")).hasSize(1);
        Path second = apks.make(name, 8, "1.1");
        run(0, "app", "replace", name, second.toString());
        run(1, "app", "replace", name, first.toString());
        run(0, "app", "replace", name, first.toString(), "--older");
        Path saved = folder.resolve("saved.apk");
        run(0, "app", "download", shown.path("id").asText(), saved.toString());
        assertThat(saved).hasSameBinaryContentAs(first);
        run(0, "app", "remove", name);
        assertThat(json("app", "list").path("apps")).isEmpty();
    }

    @Test
    void operationsEventsAndStatus() throws IOException {
        server.serve("demo", 0);
        String id = json("operation", "list").at("/operations/0/id").asText();
        run(0, "operation", "show", id);
        assertThat(out).contains("image.import", "succeeded");
        run(0, "image", "prepare", "demo", "1");
        assertThat(json("operation", "list", "--limit", "1").path("operations")).hasSize(1);
        assertThat(json("operation", "list", "--before", id).path("operations")).isEmpty();
        assertThat(json("operation", "list", "--state", "succeeded").path("operations"))
                .hasSize(2);
        assertThat(json("operation", "list", "--state", "running").path("operations"))
                .isEmpty();
        run(1, "operation", "list", "--limit", "0");
        assertThat(err).contains("limit must be 1 to 1000");
        run(1, "operation", "list", "--state", "over");
        assertThat(err).contains("running, succeeded, failed, cancelled");
        run(0, "operation", "wait", id);
        run(0, "operation", "cancel", id);
        run(0, "events", "--limit", "5");
        assertThat(out.lines().toList()).hasSize(5);
        run(0, "status");
        assertThat(out).contains("ridge", "Acceleration", "127.0.0.1:" + server.apiPort());
        run(0, "version");
        assertThat(out).isNotBlank();
    }

    @Test
    void discoverAsksTheServerAndLooksItselfWithoutOne() throws IOException {
        assertThat(json("discover").path("cloudlets").isArray()).isTrue();
        run(1, "discover");
        assertThat(err).isEqualTo("cloudlet: No other cloudlet is in reach.\n");
        List<String> withoutServer =
                List.of("discover", "--json", "--data", folder.resolve("none").toString());
        assertThat(execute(withoutServer)).isZero();
        assertThat(json.readTree(out).path("cloudlets").isArray()).isTrue();
        run(2, "discover", "--seconds", "0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "service show unknown",
                "service add !",
                "service add demo --port 0",
                "service edit unknown --users 1",
                "service remove unknown",
                "image import unknown /etc/hostname",
                "image import demo /nowhere/image",
                "image prepare demo 7",
                "instance start unknown",
                "instance show x",
                "instance stop x",
                "service export unknown /nowhere/file",
                "service import /nowhere/file",
                "service import /etc/hostname",
                "service versions unknown",
                "service rollback unknown",
                "app show org.example.none",
                "app add /etc/hostname",
                "app add /nowhere/app.apk",
                "app download x /nowhere/file",
                "operation show x",
                "operation cancel 999"
            })
    void whatFailsSaysSoInOneLine(String command) throws IOException {
        run(1, command.split(" "));
        assertThat(err.lines().toList()).hasSize(1);
        assertThat(err).startsWith("cloudlet: ");
        assertThat(out).isEmpty();
    }

    @Test
    void aBackupThatCannotBeSavedIsNotBegun() throws IOException {
        run(1, "backup", "create", "/nowhere/backup");
        assertThat(err).isEqualToIgnoringNewLines("cloudlet: Cannot save /nowhere/backup: there is no folder /nowhere");
        run(0, "operation", "list");
        assertThat(out).doesNotContain("backup.create");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "service",
                "service nonsense",
                "service export demo",
                "service export demo file --to-folder",
                "service add demo --port eighty",
                "service add demo --probe nonsense --port 80",
                "run --api-port x",
                "run --nonsense"
            })
    void wrongUsageIsStatusTwo(String command) throws IOException {
        run(2, command.split(" "));
        assertThat(err).startsWith("cloudlet: ").contains("--help");
    }

    @Test
    void withoutAServerTheyTellHowToStartOne() {
        List<String> arguments =
                List.of("status", "--data", folder.resolve("none").toString());
        assertThat(execute(arguments)).isEqualTo(3);
        assertThat(err.lines().toList()).hasSize(1);
        assertThat(err).contains("No server answers", "./cloudlet run");
    }

    @Test
    void aDeadServersSocketIsNoServer() throws IOException {
        Path socket = server.socket();
        Path dead = folder.resolve("dead");
        Files.createDirectory(dead);
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(dead.resolve(socket.getFileName())));
        }
        assertThat(execute(List.of("status", "--data", dead.toString()))).isEqualTo(3);
    }

    @Test
    void aServerThatHangsUpIsToldInWords() throws Exception {
        Path dying = Files.createDirectory(folder.resolve("dying"));
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(
                    UnixDomainSocketAddress.of(dying.resolve(server.socket().getFileName())));
            Thread hangsUp = new Thread(() -> {
                try (SocketChannel client = channel.accept()) {
                    client.read(ByteBuffer.allocate(8192));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            hangsUp.start();
            assertThat(execute(List.of("status", "--data", dying.toString()))).isEqualTo(1);
            hangsUp.join();
        }
        assertThat(err)
                .startsWith("cloudlet: The connection to the server on ")
                .endsWith("cloudlet.sock broke off: the server closed it.\n");
    }

    @Test
    void runRefusesAConfigurationWithAllThatIsWrongWithIt() throws IOException {
        Path file = Files.writeString(folder.resolve("c.toml"), "[device-api]\nport = 1000000\nprot = 2\n");
        assertThat(execute(List.of("run", "--config", file.toString()))).isEqualTo(2);
        assertThat(err).contains("c.toml:2: device-api.port", "c.toml:3: device-api.prot");
    }

    private JsonNode json(String... command) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.add("--json");
        run(0, arguments.toArray(String[]::new));
        return json.readTree(out);
    }

    private void run(int status, String... command) {
        List<String> arguments = new ArrayList<>(List.of(command));
        if (status != 2 && !command[0].equals("version")) {
            arguments.addAll(List.of("--data", folder.resolve("data").toString()));
        }
        assertThat(execute(arguments)).as("%s: %s", arguments, err).isEqualTo(status);
    }

    private int execute(List<String> arguments) {
        CommandRun ended = CommandRun.of(arguments);
        out = ended.out();
        err = ended.err();
        return ended.status();
    }
}
