package org.kdcloudlet.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.kdcloudlet.benchmark.floor.BareQemu;
import org.kdcloudlet.benchmark.speech.Accuracy;
import org.kdcloudlet.benchmark.speech.ServiceProcess;
import org.kdcloudlet.speech.client.SpeechConnection;

/**
 * {@code speech.*}: word errors and speed of the engine beside {@code pocketsphinx_continuous}; from a start request to the first
 * recognized answer beside a cold boot; and recognition through the cloudlet beside the same image in QEMU alone.
 */
final class SpeechFigures {
    private static final String SERVICE = "org.example.commands";
    private static final Path RECORDINGS = Path.of("/usr/share/pocketsphinx/test/data");
    /** Two seconds and four. They do not belong to the grammar, on which the time does not depend. */
    private static final Path COMMAND = RECORDINGS.resolve("cards/001.wav");

    private static final Path LONG_COMMAND = RECORDINGS.resolve("cards/005.wav");
    private static final int PORT = 9002;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int COLD_STARTS = 3;
    private static final int WARM_UPS = 5;
    /** A ratio that close to 1 needs more samples than others. */
    private static final int THROUGH_FACTOR = 5;

    private final Settings settings;
    private final Path image;
    private final Report report;
    private final ObjectMapper json = new ObjectMapper();

    SpeechFigures(Settings settings, Path image, Report report) {
        this.settings = settings;
        this.image = image;
        this.report = report;
    }

    void run() throws IOException, InterruptedException {
        clients();
        machines();
        accuracy();
    }

    private void machines() throws IOException, InterruptedException {
        Path data = Files.createDirectories(settings.folder().resolve("speech"));
        BareQemu.Guest guest = new BareQemu.Guest(512, PORT, SpeechFigures::answers);
        try (BareQemu bare = new BareQemu(image, settings.folder().resolve("bare-speech"), guest);
                ServerProcess server = ServerProcess.cloudlet(settings, data, ServerProcess.NO_LIMITS)) {
            CommandLine cli = new CommandLine(data);
            try {
                bare.makeTemplate();
                add(cli);
                firstAnswer(bare, server, cli);
                through(bare, server, cli);
            } finally {
                for (JsonNode service : cli.run("service", "list").path("services")) {
                    cli.run("service", "remove", service.path("service_id").asText(), "--force");
                }
            }
        }
    }

    private void clients() throws IOException, InterruptedException {
        Path folder = Files.createDirectories(settings.folder().resolve("service"));
        List<Double> eight = new ArrayList<>();
        List<Double> one = new ArrayList<>();
        try (ServiceProcess service = new ServiceProcess(project(), folder, COMMAND)) {
            service.throughput(COMMAND, 1, 20);
            double before = service.memoryMib();
            for (int i = 0; i < settings.samples(); i++) {
                one.add(service.throughput(COMMAND, 1, 16));
                eight.add(service.throughput(COMMAND, 8, 4));
            }
            report.add(Figure.reported("speech.throughput-8", "/s", Statistics::median, eight, one));
            report.add(atMost("speech.memory-8", "MiB", service.memoryMib(), before, 1.5));
        }
    }

    private static Path project() {
        return Path.of(System.getProperty("cloudlet.project", "."));
    }

    private void accuracy() throws IOException, InterruptedException {
        Path folder = Files.createDirectories(settings.folder().resolve("corpus"));
        try (Accuracy accuracy = new Accuracy(project(), folder)) {
            for (String list :
                    List.of("human-sentences", "human-commands", "synthetic-commands", "synthetic-sentences")) {
                Accuracy.Result result = accuracy.run(list);
                report.add(atMost(
                        "speech.errors." + list,
                        "%",
                        result.ours().errors().percent(),
                        result.floor().errors().percent(),
                        1.0));
                if (list.endsWith("commands")) {
                    report.add(atMost("speech.time." + list, "s", result.ours().seconds(), result.audioSeconds(), 0.2));
                } else {
                    report.add(atMost(
                            "speech.time." + list,
                            "s",
                            result.ours().seconds(),
                            result.floor().seconds(),
                            1.3));
                }
            }
        }
    }

    private static Figure atMost(String name, String unit, double value, double floor, double limit) {
        return Figure.atMost(name, unit, Statistics::median, List.of(value), List.of(floor), limit);
    }

    private void add(CommandLine cli) throws IOException, InterruptedException {
        cli.run(
                "service",
                "add",
                SERVICE,
                "--image",
                image.toString(),
                "--port",
                Integer.toString(PORT),
                "--pool",
                "1",
                "--probe",
                "tcp",
                "--memory",
                "512",
                "--cpus",
                "1");
    }

    private void firstAnswer(BareQemu bare, ServerProcess server, CommandLine cli)
            throws IOException, InterruptedException {
        List<Double> samples = new ArrayList<>();
        for (int i = 0; i < settings.samples(); i++) {
            awaitFullPool(cli);
            long began = System.nanoTime();
            JsonNode instance = start(server, SERVICE);
            recognize(instance.get("port").asInt(), COMMAND);
            samples.add(millisSince(began));
            stop(server, instance);
        }
        List<Double> floors = new ArrayList<>();
        for (int i = 0; i < COLD_STARTS; i++) {
            long began = System.nanoTime();
            try (BareQemu.Instance cold = bare.startCold()) {
                recognize(cold.port(), COMMAND);
                floors.add(millisSince(began));
            }
        }
        report.add(Figure.atMost("speech.first-answer", "ms", Statistics::median, samples, floors, 0.05));
    }

    private void through(BareQemu bare, ServerProcess server, CommandLine cli)
            throws IOException, InterruptedException {
        JsonNode instance = start(server, SERVICE);
        awaitFullPool(cli); // the next clone is made now, which would be in the way
        try (BareQemu.Instance clone = bare.startClone();
                SpeechConnection ours = open(instance.get("port").asInt());
                SpeechConnection floor = open(clone.port())) {
            for (int i = 0; i < WARM_UPS; i++) {
                ours.recognize(LONG_COMMAND);
                floor.recognize(LONG_COMMAND);
            }
            List<Double> samples = new ArrayList<>();
            List<Double> floors = new ArrayList<>();
            for (int i = 0; i < THROUGH_FACTOR * settings.samples(); i++) {
                boolean oursFirst = i % 2 == 0;
                if (oursFirst) {
                    samples.add(timed(ours));
                }
                floors.add(timed(floor));
                if (!oursFirst) {
                    samples.add(timed(ours));
                }
            }
            report.add(Figure.atMost("speech.cloudlet", "ms", Statistics::median, samples, floors, 1.05));
        } finally {
            stop(server, instance);
        }
    }

    private static double timed(SpeechConnection connection) throws IOException {
        long began = System.nanoTime();
        connection.recognize(LONG_COMMAND);
        return millisSince(began);
    }

    private static boolean answers(int port) {
        try {
            recognize(port, COMMAND);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static void recognize(int port, Path wav) throws IOException {
        try (SpeechConnection connection = open(port)) {
            connection.recognize(wav);
        }
    }

    private static SpeechConnection open(int port) throws IOException {
        return SpeechConnection.open("127.0.0.1", port, PATIENCE);
    }

    private JsonNode start(ServerProcess server, String service) throws IOException {
        return json.readTree(RawHttp.get(server.port(), "/api/servicevm/start?join=false&serviceId=" + service));
    }

    private static void stop(ServerProcess server, JsonNode instance) throws IOException {
        RawHttp.get(
                server.port(),
                "/api/servicevm/stop?instanceId=" + instance.get("_id").asText());
    }

    private static void awaitFullPool(CommandLine cli) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (cli.run("service", "show", SERVICE).path("pool").path("ready").asInt() < 1) {
            if (System.nanoTime() > deadline) {
                throw new IOException("the pool of " + SERVICE + " did not fill within two minutes");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
        }
    }

    private static double millisSince(long began) {
        return (System.nanoTime() - began) / 1e6;
    }
}
