package org.kdcloudlet.server.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The cloudlet of the demo: {@code cloudlet run} in a JVM of its own, gone without a trace when closed, unless kept. */
final class DemoServer implements AutoCloseable {
    private static final int USUAL_PORT = 9999;
    private static final int ANY_PORT = 0;
    /** What a server says of a port that it cannot have. */
    private static final String TAKEN = "Cannot listen on";

    private static final int START_SECONDS = 60;
    private static final int STOP_SECONDS = 30;

    private final Path data;
    private final Path log;
    private int apiPort;
    private Process process;
    private boolean kept;
    private boolean closed;

    DemoServer(Path data) {
        this.data = data;
        this.log = data.resolve("server.log");
    }

    /** Has it closed, if it was not yet and is not to be kept, when this process ends by a signal. */
    void endWithThisProcess() {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            try {
                                close();
                            } catch (IOException e) {
                                System.err.println(
                                        "cloudlet: the demo could not remove " + data + ": " + e.getMessage());
                            }
                        },
                        "demo-end"));
    }

    /** Starts it on the usual port, or on any when that is taken, which is known only once it was tried. */
    void start() throws IOException {
        if (!comesUp(USUAL_PORT) && (!endOfLog().contains(TAKEN) || !comesUp(ANY_PORT))) {
            throw new CommandFailedException(
                    ExitStatus.FAILED, "The cloudlet did not start. The end of its log:\n" + endOfLog());
        }
        try (AdminClient admin = new AdminClient(data)) {
            apiPort = admin.get("/v1/status").at("/api/port").asInt();
        }
    }

    private boolean comesUp(int port) throws IOException {
        launch(port);
        return Conditions.await(() -> answers() || !process.isAlive(), START_SECONDS) && process.isAlive();
    }

    private synchronized void launch(int port) throws IOException {
        if (closed) {
            throw new CommandFailedException(ExitStatus.FAILED, "The demo was ended.");
        }
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), "run"));
        command.addAll(List.of("--data", data.toString(), "--api-port", Integer.toString(port), "--manager-port", "0"));
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    /** Leaves the cloudlet running when this is closed. */
    synchronized void keep() {
        kept = true;
    }

    int apiPort() {
        return apiPort;
    }

    long pid() {
        return process.pid();
    }

    Path log() {
        return log;
    }

    private boolean answers() {
        if (!Files.exists(data.resolve("cloudlet.sock"))) {
            return false;
        }
        try (AdminClient admin = new AdminClient(data)) {
            admin.get("/v1/status");
            return true;
        } catch (CommandFailedException e) {
            if (e.exitStatus() == ExitStatus.NO_SERVER) {
                return false;
            }
            throw e;
        }
    }

    private String endOfLog() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }

    @Override
    public synchronized void close() throws IOException {
        if (kept || closed) {
            return;
        }
        closed = true;
        if (process != null && process.isAlive()) {
            removeServices();
            process.destroy();
            if (!Conditions.await(() -> !process.isAlive(), STOP_SECONDS)) {
                process.destroyForcibly();
                process.onExit().orTimeout(STOP_SECONDS, TimeUnit.SECONDS).join();
            }
        }
        removeData();
    }

    /** Machines outlive the server by design; so whatever happened, the services go first. */
    private void removeServices() {
        try (AdminClient admin = new AdminClient(data)) {
            admin.get("/v1/services")
                    .path("services")
                    .forEach(service -> admin.delete("/v1/services/"
                            + AdminCommand.segment(service.path("service_id").asText()) + "?force=true"));
        } catch (CommandFailedException e) {
            System.err.println("cloudlet: the demo could not remove its services: " + e.getMessage());
        }
    }

    private void removeData() throws IOException {
        try (Stream<Path> files = Files.walk(data)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
