package org.kdcloudlet.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.kdcloudlet.benchmark.speech.Accuracy;
import org.kdcloudlet.benchmark.speech.ServiceProcess;

/**
 * {@code speech.*}: word errors and speed of the engine beside {@code pocketsphinx_continuous}; how many clients at once it serves; and
 * what {@link SpeechMachineFigures} measure.
 */
final class SpeechFigures {
    private static final Path COMMAND = Path.of("/usr/share/pocketsphinx/test/data/cards/001.wav");

    private final Settings settings;
    private final Path image;
    private final Report report;

    SpeechFigures(Settings settings, Path image, Report report) {
        this.settings = settings;
        this.image = image;
        this.report = report;
    }

    void run() throws IOException, InterruptedException {
        clients();
        new SpeechMachineFigures(settings, image, report).run();
        accuracy();
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
}
