package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** {@code ./cloudlet run} in a process of its own, that can be ended and killed, and commands beside it. */
final class ServerProcess implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final Pattern READY = Pattern.compile("the device API is on port ([0-9]+)");

    private final Path data;
    private final Path log;
    private final Process process;
    private final int apiPort;

    private ServerProcess(Path data, Path log, Process process) {
        this.data = data;
        this.log = log;
        this.process = process;
        Awaitility.await().atMost(PATIENCE).until(() -> ready().find() || !process.isAlive());
        Matcher ready = ready();
        assertThat(ready.find()).as("the server started: %s", text(log)).isTrue();
        this.apiPort = Integer.parseInt(ready.group(1));
    }

    /** Starts a server on free ports; it is not announced. */
    static ServerProcess start(Path folder) throws IOException {
        Path configuration = folder.resolve("cloudlet.toml");
        Files.writeString(configuration, """
                [device-api]
                address = "127.0.0.1"
                port = 0
                [manager]
                port = 0
                [instances]
                address = "127.0.0.1"
                [discovery]
                advertise = false
                [hypervisor]
                acceleration = "tcg"
                """);
        Path data = folder.resolve("data");
        Path log = Files.createTempFile(folder, "server", ".log");
        Process process = launch(log, List.of("run", "--config", configuration.toString(), "--data", data.toString()));
        return new ServerProcess(data, log, process);
    }

    private static Process launch(Path output, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "org.kdcloudlet.server.cli.Main"));
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.to(output.toFile()))
                .start();
    }

    private Matcher ready() {
        return READY.matcher(text(log));
    }

    int apiPort() {
        return apiPort;
    }

    /** Runs a command of ./cloudlet and returns what it printed. */
    JsonNode command(String... arguments) throws IOException, InterruptedException {
        Path output = Files.createTempFile(data.getParent(), "command", ".out");
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--data", data.toString(), "--json"));
        Process command = launch(output, all);
        assertThat(command.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(command.exitValue()).as("%s: %s", all, text(output)).isZero();
        String text = text(output);
        int json = text.indexOf('{');
        return json < 0 ? new ObjectMapper().missingNode() : new ObjectMapper().readTree(text.substring(json));
    }

    /** Kills it without a chance to do anything. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    /** Ends it in order. */
    @Override
    public void close() {
        process.destroy();
        try {
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("the server ended: %s", text(log))
                    .isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
