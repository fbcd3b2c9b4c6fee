package org.kdcloudlet.benchmark.speech;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.kdcloudlet.speech.client.SpeechConnection;

/** The speech recognition service on this host, with the JVM flags of its image and two recognizers. */
public final class ServiceProcess implements AutoCloseable {
    private static final long START_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Process process;
    private final int port;

    /** Returns when it has recognized {@code wav}, by the grammar {@code commands}. */
    public ServiceProcess(Path project, Path folder, Path wav) throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Path configuration = Files.writeString(
                folder.resolve("speech.properties"),
                String.join(
                        "\n",
                        "worker = " + project.resolve("speech/target/speech-worker"),
                        "models = /usr/share/pocketsphinx/model/en-us",
                        "grammars = " + project.resolve("speech/grammars"),
                        "listen = commands:" + port,
                        "recognizers = 2",
                        "spool = " + folder.resolve("spool")));
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xms24m", "-Xmx128m"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "org.kdcloudlet.speech.service.Main"));
        command.add(configuration.toString());
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("speech.log").toFile())
                .start();
        long deadline = System.nanoTime() + START_NANOS;
        while (!answers(wav)) {
            if (System.nanoTime() > deadline || !process.isAlive()) {
                close();
                throw new IOException("the service did not answer: " + Files.readString(folder.resolve("speech.log")));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    private boolean answers(Path wav) {
        try {
            recognize(wav, 1);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private int recognize(Path wav, int times) throws IOException {
        try (SpeechConnection connection = SpeechConnection.open("127.0.0.1", port, PATIENCE)) {
            for (int i = 0; i < times; i++) {
                String text = connection.recognize(wav);
                if (!text.startsWith("Speech output: ")) {
                    throw new IOException("the service refused: " + text);
                }
            }
            return times;
        }
    }

    /** Answers a second to so many clients at once, each with its own connection; every one has to be answered. */
    public double throughput(Path wav, int clients, int requests) throws IOException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        try {
            List<Callable<Integer>> work = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                work.add(() -> recognize(wav, requests));
            }
            long began = System.nanoTime();
            int answered = 0;
            for (Future<Integer> client : threads.invokeAll(work)) {
                answered += client.get();
            }
            return answered / ((System.nanoTime() - began) / 1e9);
        } catch (ExecutionException e) {
            throw new IOException("a client was not answered: " + e.getCause().getMessage(), e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    /** Memory of the service and all its processes, in MiB, shared pages counted once (the kernel's Pss). */
    public double memoryMib() throws IOException {
        long kib = pss(process.pid());
        try (Stream<ProcessHandle> below = process.descendants()) {
            for (ProcessHandle one : below.toList()) {
                kib += pss(one.pid());
            }
        }
        return kib / 1024.0;
    }

    private static long pss(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps_rollup"))) {
            if (line.startsWith("Pss:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        throw new IOException("no Pss of process " + pid);
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
