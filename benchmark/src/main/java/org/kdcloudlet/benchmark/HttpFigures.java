package org.kdcloudlet.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code http.services} (20 services) and {@code http.system}: requests a second over 8 connections, beside a bare Javalin
 * that returns the same bytes.
 */
final class HttpFigures {
    private static final int SERVICES = 20;
    private static final int CONNECTIONS = 8;
    private static final int REQUESTS = 8_000;

    private final Settings settings;
    private final Report report;

    HttpFigures(Settings settings, Report report) {
        this.settings = settings;
        this.report = report;
    }

    void run() throws IOException, InterruptedException {
        Path data = Files.createDirectories(settings.folder().resolve("http"));
        try (ServerProcess server = ServerProcess.cloudlet(settings, data, ServerProcess.NO_LIMITS)) {
            CommandLine cli = new CommandLine(data);
            for (int i = 0; i < SERVICES; i++) {
                cli.run(
                        "service",
                        "add",
                        "org.example.service" + i,
                        "--port",
                        "8080",
                        "--description",
                        "Service number " + i);
            }
            measure("http.services", server, "/api/services");
            measure("http.system", server, "/api/system");
        }
    }

    private void measure(String name, ServerProcess server, String path) throws IOException, InterruptedException {
        Path body = settings.folder().resolve(name + ".json");
        Files.writeString(body, RawHttp.get(server.port(), path));
        try (ServerProcess bare = ServerProcess.bareJavalin(settings, List.of(path, body.toString()))) {
            List<Double> rates = new ArrayList<>();
            List<Double> bareRates = new ArrayList<>();
            List<Double> p99 = new ArrayList<>();
            List<Double> bareP99 = new ArrayList<>();
            HttpLoad.run(bare.port(), path, CONNECTIONS, REQUESTS);
            HttpLoad.run(server.port(), path, CONNECTIONS, REQUESTS);
            for (int i = 0; i < settings.samples(); i++) {
                HttpLoad.Result floor = HttpLoad.run(bare.port(), path, CONNECTIONS, REQUESTS);
                bareRates.add(floor.requestsPerSecond());
                bareP99.add(floor.p99Millis());
                HttpLoad.Result result = HttpLoad.run(server.port(), path, CONNECTIONS, REQUESTS);
                rates.add(result.requestsPerSecond());
                p99.add(result.p99Millis());
            }
            report.add(Figure.atLeast(name, "1/s", Statistics::median, rates, bareRates, 0.5));
            report.add(Figure.reported(name + ".p99", "ms", Statistics::median, p99, bareP99));
        }
    }
}
