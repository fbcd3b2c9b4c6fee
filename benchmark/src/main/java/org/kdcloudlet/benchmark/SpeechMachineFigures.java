package org.kdcloudlet.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.kdcloudlet.benchmark.floor.BareQemu;
import org.kdcloudlet.speech.client.ProbeRequest;
import org.kdcloudlet.speech.client.SpeechConnection;

/**
 * {@code speech.first-answer}, from a start request to the first recording that is recognized, beside a cold boot; {@code
 * speech.first-to-tenth}, how long that recording takes beside the tenth; and {@code speech.cloudlet}, a recording through the cloudlet
 * beside the same image in QEMU alone, both equally warm.
 */
final class SpeechMachineFigures {
    private static final Path RECORDINGS = Path.of("/usr/share/pocketsphinx/test/data");
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int MEMORY_MIB = 512;
    private static final int COLD_STARTS = 3;
    private static final int DICTATION_STARTS = 3;
    private static final int DICTATION_COLD_STARTS = 1;
    private static final int LAST_REQUEST = 10;
    private static final int WARM_UPS = 20;
    /** A ratio that close to 1 needs more samples than others. */
    private static final int THROUGH_FACTOR = 5;

    private final Settings settings;
    private final Path image;
    private final Report report;
    private final ObjectMapper json = new ObjectMapper();

    /**
     * One of the image's services.
     *
     * @param name of its figures
     * @param port of the guest
     * @param probe what the cloudlet sends to see whether it answers, another recording than those that are measured
     * @param wav what is measured; that a command does not belong to the grammar is nothing to its time
     */
    private record Model(String name, int port, byte[] probe, byte[] wav) {
        String service() {
            return "org.example." + name;
        }
    }

    SpeechMachineFigures(Settings settings, Path image, Report report) {
        this.settings = settings;
        this.image = image;
        this.report = report;
    }

    void run() throws IOException, InterruptedException {
        Path data = Files.createDirectories(settings.folder().resolve("speech"));
        try (ServerProcess server = ServerProcess.cloudlet(settings, data, ServerProcess.NO_LIMITS)) {
            CommandLine cli = new CommandLine(data);
            try {
                commands(server, cli);
                dictation(server, cli);
            } finally {
                for (JsonNode service : cli.run("service", "list").path("services")) {
                    cli.run("service", "remove", service.path("service_id").asText(), "--force");
                }
            }
        }
    }

    private void commands(ServerProcess server, CommandLine cli) throws IOException, InterruptedException {
        Model commands = new Model(
                "commands",
                9002,
                ProbeRequest.beginning(RECORDINGS.resolve("cards/002.wav"), Duration.ofSeconds(1)),
                Files.readAllBytes(RECORDINGS.resolve("cards/001.wav")));
        try (BareQemu bare = bare(commands)) {
            add(cli, commands);
            Firsts firsts = firsts(server, cli, commands, settings.samples());
            report.add(Figure.atMost(
                    "speech.first-answer",
                    "ms",
                    Statistics::median,
                    firsts.fromStart(),
                    cold(bare, COLD_STARTS),
                    0.05));
            report.add(Figure.atMost(
                    "speech.first-to-tenth", "ms", Statistics::median, firsts.first(), firsts.tenth(), 1.5));
            bare.makeTemplate();
            through(bare, server, cli, commands);
        }
    }

    /** Only reported: on an emulated processor dictation itself takes a good part of the time of a boot. */
    private void dictation(ServerProcess server, CommandLine cli) throws IOException, InterruptedException {
        Path folder = RECORDINGS.resolve("librivox");
        byte[] request = ProbeRequest.beginning(
                folder.resolve("sense_and_sensibility_01_austen_64kb-0920.wav"), ProbeRequest.LONGEST);
        Model dictation = new Model(
                "dictation",
                9001,
                ProbeRequest.beginning(
                        folder.resolve("sense_and_sensibility_01_austen_64kb-0930.wav"), Duration.ofSeconds(1)),
                Arrays.copyOfRange(request, Long.BYTES, request.length));
        try (BareQemu bare = bare(dictation)) {
            add(cli, dictation);
            Firsts firsts = firsts(server, cli, dictation, DICTATION_STARTS);
            report.add(Figure.reported(
                    "speech.first-answer.dictation",
                    "ms",
                    Statistics::median,
                    firsts.fromStart(),
                    cold(bare, DICTATION_COLD_STARTS)));
            report.add(Figure.reported(
                    "speech.first-to-tenth.dictation", "ms", Statistics::median, firsts.first(), firsts.tenth()));
        }
    }

    private BareQemu bare(Model model) throws IOException {
        Path folder = settings.folder().resolve("bare-" + model.name());
        return new BareQemu(
                image, folder, new BareQemu.Guest(MEMORY_MIB, model.port(), port -> answers(port, model.wav())));
    }

    private void add(CommandLine cli, Model model) throws IOException, InterruptedException {
        Path probe = Files.write(settings.folder().resolve(model.name() + ".probe"), model.probe());
        cli.run(
                "service",
                "add",
                model.service(),
                "--image",
                image.toString(),
                "--port",
                Integer.toString(model.port()),
                "--pool",
                "1",
                "--probe",
                "exchange:@" + probe + ":Speech output",
                "--memory",
                Integer.toString(MEMORY_MIB),
                "--ready-within",
                "900",
                "--cpus",
                "1");
    }

    /** Times in ms of several starts: to the first answer from the start request and from its own request, and to the tenth. */
    private record Firsts(List<Double> fromStart, List<Double> first, List<Double> tenth) {}

    private Firsts firsts(ServerProcess server, CommandLine cli, Model model, int starts)
            throws IOException, InterruptedException {
        Firsts firsts = new Firsts(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < starts; i++) {
            awaitFullPool(cli, model);
            long began = System.nanoTime();
            JsonNode instance = start(server, model);
            try (SpeechConnection connection = open(instance.get("port").asInt())) {
                firsts.first().add(timed(connection, model.wav()));
                firsts.fromStart().add(millisSince(began));
                awaitFullPool(cli, model); // the next clone is made now, which would be in the way
                for (int request = 2; request < LAST_REQUEST; request++) {
                    recognize(connection, model.wav());
                }
                firsts.tenth().add(timed(connection, model.wav()));
            } finally {
                stop(server, instance);
            }
        }
        return firsts;
    }

    private static List<Double> cold(BareQemu bare, int starts) throws IOException, InterruptedException {
        List<Double> floors = new ArrayList<>();
        for (int i = 0; i < starts; i++) {
            long began = System.nanoTime();
            BareQemu.Instance cold = bare.startCold();
            floors.add(millisSince(began));
            cold.close();
        }
        return floors;
    }

    private void through(BareQemu bare, ServerProcess server, CommandLine cli, Model model)
            throws IOException, InterruptedException {
        byte[] wav = Files.readAllBytes(RECORDINGS.resolve("cards/005.wav"));
        JsonNode instance = start(server, model);
        awaitFullPool(cli, model);
        try (BareQemu.Instance clone = bare.startClone();
                SpeechConnection ours = open(instance.get("port").asInt());
                SpeechConnection floor = open(clone.port())) {
            for (int i = 0; i < WARM_UPS; i++) {
                recognize(ours, wav);
                recognize(floor, wav);
            }
            List<Double> samples = new ArrayList<>();
            List<Double> floors = new ArrayList<>();
            for (int i = 0; i < THROUGH_FACTOR * settings.samples(); i++) {
                boolean oursFirst = i % 2 == 0;
                if (oursFirst) {
                    samples.add(timed(ours, wav));
                }
                floors.add(timed(floor, wav));
                if (!oursFirst) {
                    samples.add(timed(ours, wav));
                }
            }
            report.add(Figure.atMost("speech.cloudlet", "ms", Statistics::median, samples, floors, 1.05));
        } finally {
            stop(server, instance);
        }
    }

    private static double timed(SpeechConnection connection, byte[] wav) throws IOException {
        long began = System.nanoTime();
        recognize(connection, wav);
        return millisSince(began);
    }

    private static void recognize(SpeechConnection connection, byte[] wav) throws IOException {
        String text = connection.recognize(wav);
        if (!text.startsWith(ProbeRequest.EXPECTED)) {
            throw new IOException("the service refused: " + text);
        }
    }

    private static boolean answers(int port, byte[] wav) {
        try (SpeechConnection connection = open(port)) {
            recognize(connection, wav);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static SpeechConnection open(int port) throws IOException {
        return SpeechConnection.open("127.0.0.1", port, PATIENCE);
    }

    private JsonNode start(ServerProcess server, Model model) throws IOException {
        return json.readTree(
                RawHttp.get(server.port(), "/api/servicevm/start?join=false&serviceId=" + model.service()));
    }

    private static void stop(ServerProcess server, JsonNode instance) throws IOException {
        RawHttp.get(
                server.port(),
                "/api/servicevm/stop?instanceId=" + instance.get("_id").asText());
    }

    private static void awaitFullPool(CommandLine cli, Model model) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(10);
        while (cli.run("service", "show", model.service())
                        .path("pool")
                        .path("ready")
                        .asInt()
                < 1) {
            if (System.nanoTime() > deadline) {
                throw new IOException("the pool of " + model.service() + " did not fill within ten minutes");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
        }
    }

    private static double millisSince(long began) {
        return (System.nanoTime() - began) / 1e6;
    }
}
