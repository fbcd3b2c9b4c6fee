package org.kdcloudlet.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code startup.listening}: from exec to the first accepted connection, beside a bare Javalin with the same JVM flags. */
final class StartupFigures {
    private final Settings settings;
    private final Report report;

    StartupFigures(Settings settings, Report report) {
        this.settings = settings;
        this.report = report;
    }

    void run() throws IOException {
        Path data = Files.createDirectories(settings.folder().resolve("startup"));
        List<Double> samples = new ArrayList<>();
        List<Double> floors = new ArrayList<>();
        startAndStop(data, new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < settings.samples(); i++) {
            startAndStop(data, samples, floors);
        }
        report.add(Figure.atMost("startup.listening", "ms", Statistics::median, samples, floors, 2.5));
    }

    private void startAndStop(Path data, List<Double> samples, List<Double> floors) throws IOException {
        try (ServerProcess bare = ServerProcess.bareJavalin(settings, List.of())) {
            floors.add(bare.millisToListening());
        }
        try (ServerProcess server = ServerProcess.cloudlet(settings, data, "")) {
            samples.add(server.millisToListening());
        }
    }
}
