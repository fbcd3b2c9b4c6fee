package org.kdcloudlet.benchmark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.kdcloudlet.benchmark.floor.BareJavalin;

/** A server in a JVM of its own, on this JVM's class path, with the JVM flags under test. */
final class ServerProcess implements AutoCloseable {
    static final String MAIN = "org.kdcloudlet.server.cli.Main";

    /** Lets one address ask as much as it likes, which a benchmark does; and announces nothing. */
    static final String NO_LIMITS = """
            [limits]
            requests-per-second = 1000000
            request-burst = 1000000
            starts-per-minute = 1000000
            start-burst = 1000000
            concurrent-starts = 1000
            [discovery]
            method = "off"
            """;

    private static final long LISTEN_DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Process process;
    private final int port;
    private final double millisToListening;

    private ServerProcess(Process process, int port, double millisToListening) {
        this.process = process;
        this.port = port;
        this.millisToListening = millisToListening;
    }

    /** Starts the Cloudlet Server with a data directory and configuration of its own; not advertised on the network. */
    static ServerProcess cloudlet(Settings settings, Path data, String configuration) throws IOException {
        int port = freePort();
        Path file = data.resolveSibling(data.getFileName() + ".toml");
        Files.writeString(file, configuration);
        Path log = data.resolveSibling(data.getFileName() + ".log");
        List<String> arguments = List.of(
                "run",
                "--config",
                file.toString(),
                "--data",
                data.toString(),
                "--api-port",
                Integer.toString(port),
                "--manager-port",
                Integer.toString(freePort()));
        return start(settings.jvmFlags(), port, log, MAIN, arguments);
    }

    /** Starts a {@link FakeMachinesServer}; the port is the Manager's. */
    static ServerProcess onFakeMachines(Settings settings, Path data) throws IOException {
        int port = freePort();
        Path file = data.resolveSibling(data.getFileName() + ".toml");
        Files.writeString(
                file,
                "[server]\ndata = \"" + data + "\"\n[device-api]\nport = 0\naddress = \"127.0.0.1\"\n[manager]\nport = "
                        + port
                        + "\n[instances]\nmax = 1000\nmemory-overcommit-percent = 10000\n[discovery]\nmethod = \"off\"\n");
        Path log = data.resolveSibling(data.getFileName() + ".log");
        return start(settings.jvmFlags(), port, log, FakeMachinesServer.class.getName(), List.of(file.toString()));
    }

    /** Starts the bare Javalin, with pairs of a path and the file that it answers with. */
    static ServerProcess bareJavalin(Settings settings, List<String> pairs) throws IOException {
        int port = freePort();
        List<String> arguments = new ArrayList<>(List.of(Integer.toString(port)));
        arguments.addAll(pairs);
        Path log = settings.folder().resolve("bare-javalin.log");
        return start(settings.jvmFlags(), port, log, BareJavalin.class.getName(), arguments);
    }

    /** Starts {@code main} and returns once it accepts connections on {@code port}. */
    private static ServerProcess start(List<String> jvmFlags, int port, Path log, String main, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmFlags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
        command.addAll(arguments);
        long began = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        while (!accepts(port)) {
            if (!process.isAlive() || System.nanoTime() - began > LISTEN_DEADLINE_NANOS) {
                process.destroyForcibly();
                throw new IOException(main + " did not listen on " + port + ": " + Files.readString(log));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
        return new ServerProcess(process, port, (System.nanoTime() - began) / 1e6);
    }

    /** A port that was free a moment ago. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    int port() {
        return port;
    }

    /** Time from exec to the first accepted connection, in ms. */
    double millisToListening() {
        return millisToListening;
    }

    /** Resident set size in MiB. */
    double residentMib() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
            }
        }
        throw new IOException("no VmRSS of process " + process.pid());
    }

    /** Processor time that it has taken so far, in all its threads. */
    double processorSeconds() {
        return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    private static boolean accepts(int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
            return true;
        } catch (java.net.ConnectException notYet) {
            return false;
        }
    }

    /** Ends the server in order; by force after 30 s. */
    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("the server did not end within 30 s of SIGTERM");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
