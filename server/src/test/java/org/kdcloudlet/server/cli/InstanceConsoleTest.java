package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.testing.FakeScreen;
import org.kdcloudlet.server.TestServer;

/** {@code instance console} with and without a terminal, here and from elsewhere, on a whole server with a fake hypervisor. */
@Timeout(180)
class InstanceConsoleTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private TestServer server;
    private UUID id;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.withManager(folder.resolve("data"), Map.of("manager.tls", "own"));
        server.serve("demo", 0);
        String started = here("instance", "start", "demo", "--json").out();
        id = UUID.fromString(new ObjectMapper().readTree(started).path("id").asText());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private CommandRun here(String... command) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of("--data", folder.resolve("data").toString()));
        return CommandRun.of(arguments);
    }

    private CommandRun console(byte[] input, String... options) {
        List<String> arguments = new ArrayList<>(List.of("instance", "console", id.toString()));
        arguments.addAll(List.of(options));
        InputStream real = System.in;
        System.setIn(new ByteArrayInputStream(input));
        try {
            return here(arguments.toArray(String[]::new));
        } finally {
            System.setIn(real);
        }
    }

    private FakeScreen port(int index) {
        await().atMost(PATIENCE).until(() -> server.world().serialConsoles(id).size() > index);
        return server.world().serialConsoles(id).get(index);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void inputThatIsNoTerminalIsSentWholeAndWhatComesIsPrintedUntilTheMachineEnds() throws Exception {
        byte[] sent = new byte[1 << 20];
        new Random(1).nextBytes(sent);
        CompletableFuture<CommandRun> run = CompletableFuture.supplyAsync(() -> console(sent, "--wait", "3600"));
        FakeScreen port = port(0);
        await().atMost(PATIENCE).until(() -> port.received().length == sent.length);
        assertThat(port.received()).isEqualTo(sent);
        port.show(bytes("\u001b[1mdone\r\n"));
        port.end();
        CommandRun ended = run.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(ended).isEqualTo(new CommandRun(0, "\u001b[1mdone\r\n", ""));
    }

    @Test
    void itEndsSomeTimeAfterTheInputDoes() {
        CommandRun ended = console(bytes("halt\n"), "--wait", "0");
        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(port(0).received()).isEqualTo(bytes("halt\n"));
        assertThat(console(bytes(""), "--wait", "-1").status()).isEqualTo(2);
    }

    @Test
    void aServerThatEndsIsToldApartFromAMachineThatDoes() throws Exception {
        CompletableFuture<CommandRun> run = CompletableFuture.supplyAsync(() -> console(bytes("x"), "--wait", "3600"));
        FakeScreen port = port(0);
        await().atMost(PATIENCE).until(() -> port.received().length == 1);
        server.close();
        CommandRun ended = run.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err()).isEqualTo("cloudlet: The console was closed: The server ends.\n");
    }

    @Test
    void whatHasNoSerialPortNowIsSaid() {
        assertThat(here("instance", "console", "nonsense").status()).isEqualTo(1);
        String unknown = UUID.randomUUID().toString();
        assertThat(here("instance", "console", unknown).err()).contains("There is no instance " + unknown);
        here("instance", "suspend", id.toString());
        CommandRun asleep = console(bytes(""));
        assertThat(asleep.status()).isEqualTo(1);
        assertThat(asleep.err()).contains("'./cloudlet instance wake " + id + "' continues it");
        here("instance", "wake", id.toString());
        server.world().die(id, "test");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(console(bytes("")).err())
                        .contains("it has failed; './cloudlet instance log " + id + "'"));
    }

    @Test
    void fromElsewhereAnOperatorTypesAndAViewerLooks() throws IOException {
        Path authority = Files.writeString(
                folder.resolve("ca.pem"), here("admin", "certificate").out());
        for (String role : List.of("operator", "viewer")) {
            token(role);
        }
        CommandRun operator = elsewhere(bytes("typed"), authority, "operator");
        assertThat(operator.status()).as(operator.err()).isZero();
        assertThat(port(0).received()).isEqualTo(bytes("typed"));
        CommandRun looked = elsewhere(bytes(""), authority, "viewer");
        assertThat(looked.status()).isZero();
        assertThat(looked.err()).contains("You may look only");
        CommandRun refused = elsewhere(bytes("typed"), authority, "viewer");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains("Nothing was sent: that needs the role operator.");
        assertThat(port(2).received()).isEmpty();
    }

    @Test
    void aConnectionThatIsLostIsSaid() throws IOException {
        Path authority = Files.writeString(
                folder.resolve("ca.pem"), here("admin", "certificate").out());
        token("operator");
        try (CuttingProxy way = new CuttingProxy(server.manager().getPort(), 100_000, CuttingProxy.End.BREAK)) {
            CommandRun lost =
                    elsewhere(new byte[300_000], authority, "operator", URI.create("https://127.0.0.1:" + way.port()));
            assertThat(lost.status()).isEqualTo(1);
            assertThat(lost.err()).contains("The connection to the server was lost, and the instance goes on");
        }
        assertThat(here("instance", "show", id.toString()).out()).contains("ready");
    }

    private void token(String role) throws IOException {
        Path token = folder.resolve(role);
        Files.createFile(token, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(token, here("token", "create", role, "--role", role).out());
    }

    private CommandRun elsewhere(byte[] input, Path authority, String role) {
        return elsewhere(input, authority, role, server.manager());
    }

    private CommandRun elsewhere(byte[] input, Path authority, String role, URI url) {
        InputStream real = System.in;
        System.setIn(new ByteArrayInputStream(input));
        try {
            return CommandRun.of(List.of(
                    "instance",
                    "console",
                    id.toString(),
                    "--wait",
                    "0",
                    "--url",
                    url.toString(),
                    "--token-file",
                    folder.resolve(role).toString(),
                    "--ca",
                    authority.toString()));
        } finally {
            System.setIn(real);
        }
    }

    @Test
    void aTerminalIsRawUntilItIsLeft() throws Exception {
        try (AtATerminal terminal = new AtATerminal()) {
            terminal.awaitShown("Serial console of instance " + id);
            terminal.awaitShown("Ctrl-] leaves it.");
            terminal.awaitRaw();
            FakeScreen port = port(0);
            port.show(bytes("login: \u001b[1m"));
            terminal.awaitShown("login: \u001b[1m");
            byte[] keys = {'l', 's', '\r', 3, 4, 26, 17, 28, (byte) 0xc3, (byte) 0xa4, 0x7f};
            terminal.type(keys);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(port.received()).isEqualTo(keys));
            terminal.type(new byte[] {'q', 0x1d, 'x'});
            terminal.awaitEnd(0);
            // What was typed last is on its way still when the program has ended.
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(port.received()).endsWith(0x7f, 'q'));
            terminal.awaitShown("You have left; the instance goes on.");
        }
    }

    @Test
    void aTerminalIsGivenBackWhenTheMachineEnds() throws Exception {
        try (AtATerminal terminal = new AtATerminal()) {
            terminal.awaitRaw();
            port(0).end();
            terminal.awaitEnd(0);
            terminal.awaitShown("The machine has ended the connection.");
        }
    }

    @Test
    void aTerminalIsGivenBackWhenTheProgramIsKilled() throws Exception {
        try (AtATerminal terminal = new AtATerminal()) {
            terminal.awaitRaw();
            terminal.terminate();
            terminal.awaitEnd(143);
        }
    }

    /** The command as a program at a pseudo-terminal, with what {@code stty} says of that before and afterwards. */
    private final class AtATerminal implements AutoCloseable {
        private final Path before = folder.resolve("before");
        private final Path after = folder.resolve("after");
        private final Path status = folder.resolve("status");
        private final Path shown = folder.resolve("shown");
        private final Path pid = folder.resolve("pid");
        private final Path device = folder.resolve("device");
        private final Process script;
        private final OutputStream keyboard;

        AtATerminal() throws IOException {
            Path program = Files.writeString(
                    folder.resolve("program"),
                    "echo $$ >" + pid + "\nexec "
                            + Path.of(System.getProperty("java.home"), "bin", "java") + " -cp '"
                            + System.getProperty("java.class.path") + "' " + Main.class.getName()
                            + " instance console " + id + " --data " + folder.resolve("data") + "\n");
            Path commands = Files.writeString(
                    folder.resolve("commands"),
                    "tty >" + device + "\nstty -a >" + before + "\nsh " + program + "\necho $? >" + status
                            + "\nstty -a >" + after + "\n");
            script = new ProcessBuilder("script", "-q", "-c", "sh " + commands, "/dev/null")
                    .redirectErrorStream(true)
                    .redirectOutput(shown.toFile())
                    .start();
            keyboard = script.getOutputStream();
        }

        void type(byte[] keys) throws IOException {
            keyboard.write(keys);
            keyboard.flush();
        }

        void awaitShown(String text) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(Files.readString(shown, StandardCharsets.ISO_8859_1))
                            .contains(text));
        }

        void awaitRaw() {
            await().atMost(PATIENCE)
                    .until(() -> Files.exists(before) && settings().contains(" -icanon"));
        }

        private String settings() throws IOException {
            Process stty = new ProcessBuilder(
                            "stty", "-a", "-F", Files.readString(device).strip())
                    .redirectErrorStream(true)
                    .start();
            return new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).replace('\n', ' ');
        }

        void terminate() throws IOException {
            ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                    .orElseThrow()
                    .destroy();
        }

        void awaitEnd(int expected) throws IOException, InterruptedException {
            assertThat(script.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(Files.readString(status)).isEqualTo(expected + "\n");
            assertThat(after).hasSameTextualContentAs(before);
        }

        @Override
        public void close() {
            script.destroyForcibly();
        }
    }
}
