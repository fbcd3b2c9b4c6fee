package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
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
public final class ServerProcess implements AutoCloseable {
    static final Duration PATIENCE = Program.PATIENCE;

    private static final Pattern READY = Pattern.compile("the device API is on port ([0-9]+)\\.");

    private final Path data;
    private final Path log;
    private final Process process;
    private final int apiPort;

    /** Waits until it serves. */
    ServerProcess(Path data, Path log, Process process) {
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
        return new ServerSetup(folder).start();
    }

    private Matcher ready() {
        return READY.matcher(text(log));
    }

    /** What it has printed and logged so far. */
    public String output() {
        return text(log);
    }

    int apiPort() {
        return apiPort;
    }

    long pid() {
        return process.pid();
    }

    /** Runs a command of ./cloudlet and returns what it printed. */
    JsonNode command(String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--json");
        Program.Ended ended = ended(new Program(), all);
        assertThat(ended.status()).as("%s: %s", all, ended).isZero();
        return ended.out().isBlank() ? new ObjectMapper().missingNode() : new ObjectMapper().readTree(ended.out());
    }

    /** Adds the service {@code demo} with the image of the demo, and waits for its template; no clone of it waits. */
    void addDemo() throws IOException, InterruptedException {
        command(
                "service",
                "add",
                "demo",
                "--image",
                System.getProperty("cloudlet.demo.image"),
                "--port",
                "8080",
                "--probe",
                "http:/healthz",
                "--pool",
                "0");
    }

    /** Runs a command of ./cloudlet, whatever comes of it. */
    Program.Ended ended(Program program, List<String> arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(List.of("--data", data.toString()));
        return program.run(log.getParent(), all);
    }

    /** Starts a command of ./cloudlet. */
    Process begin(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--data", data.toString()));
        Path said = Files.createTempFile(log.getParent(), "command", ".log");
        return new Program().start(said, said, all);
    }

    /** Kills it without a chance to do anything. */
    public void kill() throws InterruptedException {
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
