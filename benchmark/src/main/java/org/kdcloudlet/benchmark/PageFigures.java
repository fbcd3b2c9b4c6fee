package org.kdcloudlet.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Pages of a cloudlet with 200 services and 200 instances, whose machines are those of {@link FakeMachinesServer}:
 * {@code manager.services} and {@code manager.instances}, the time of the server for the page, beside what is allowed;
 * {@code manager.empty-page}, beside a page with nothing on it; {@code manager.live}, the longest time for which a browser is busy while all
 * 200 rows change; {@code manager.viewers}, what 200 pages that are open cost the server, in hundredths of a processor.
 */
final class PageFigures {
    private static final int SERVICES = 200;
    private static final int VIEWERS = 200;
    private static final int ROUNDS_A_SAMPLE = 10;
    private static final double PAGE_MILLIS = 50;
    private static final double LONGEST_TASK_MILLIS = 200;
    private static final double VIEWERS_PERCENT = 10;
    private static final long WATCHED_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Settings settings;
    private final Report report;
    private final List<String> instances = new ArrayList<>();

    PageFigures(Settings settings, Report report) {
        this.settings = settings;
        this.report = report;
    }

    void run() throws IOException, InterruptedException {
        Path data = Files.createDirectories(settings.folder().resolve("pages"));
        try (ServerProcess server = ServerProcess.onFakeMachines(settings, data);
                AdminSocket admin = new AdminSocket(data.resolve("cloudlet.sock"))) {
            fill(admin, data);
            PageSession session = PageSession.begin(admin, server.port());
            pages(session);
            viewers(server, session);
            live(admin, session);
        }
    }

    private void fill(AdminSocket admin, Path data) throws IOException {
        Path image = Files.writeString(data.resolveSibling("pages.img"), "an image");
        for (int i = 0; i < SERVICES; i++) {
            String id = String.format("org.example.service%03d", i);
            admin.post(
                    "/v1/services",
                    "{\"service_id\": \"" + id
                            + "\", \"description\": \"Looks closely at a file\", \"tags\": [\"files\"],"
                            + " \"ports\": [{\"port\": 8080}], \"machine\": {\"memory_mib\": 32}, \"pool_size\": 0}");
            admin.awaitEnd(admin.upload("/v1/services/" + id + "/images", image));
            JsonNode instance = admin.post("/v1/instances", "{\"service_id\": \"" + id + "\"}");
            instances.add(instance.path("id").asText());
        }
    }

    private void pages(PageSession session) throws IOException {
        List<Double> services = new ArrayList<>();
        List<Double> rows = new ArrayList<>();
        List<Double> empty = new ArrayList<>();
        for (int i = 0; i < ROUNDS_A_SAMPLE; i++) {
            session.millis("/services");
            session.millis("/instances");
        }
        for (int i = 0; i < settings.samples() * ROUNDS_A_SAMPLE; i++) {
            services.add(session.millis("/services"));
            rows.add(session.millis("/instances"));
            empty.add(session.millis("/password"));
        }
        List<Double> allowed = Collections.nCopies(rows.size(), PAGE_MILLIS);
        report.add(Figure.atMost("manager.services", "ms", PageFigures::p95, services, allowed, 1));
        report.add(Figure.atMost("manager.instances", "ms", PageFigures::p95, rows, allowed, 1));
        report.add(Figure.reported("manager.empty-page", "ms", PageFigures::p95, rows, empty));
    }

    private static double p95(List<Double> samples) {
        return Statistics.percentile(samples, 95);
    }

    /** The processor time of the server while pages are open and nothing happens, less what it takes when none is. */
    private void viewers(ServerProcess server, PageSession session) throws IOException {
        double alone = percentOfProcessor(server);
        List<Double> open = new ArrayList<>();
        try (PageViewers viewers = new PageViewers(session, VIEWERS)) {
            percentOfProcessor(server);
            for (int i = 0; i < Math.max(3, settings.samples() / 4); i++) {
                open.add(Math.max(0, percentOfProcessor(server) - alone));
            }
            viewers.requireFollowed();
        }
        List<Double> allowed = Collections.nCopies(open.size(), VIEWERS_PERCENT);
        report.add(Figure.atMost("manager.viewers", "%", Statistics::median, open, allowed, 1));
    }

    private static double percentOfProcessor(ServerProcess server) throws IOException {
        double before = server.processorSeconds();
        long began = System.nanoTime();
        LockSupport.parkNanos(WATCHED_NANOS);
        return (server.processorSeconds() - before) / ((System.nanoTime() - began) / 1e9) * 100;
    }

    private void live(AdminSocket admin, PageSession session) throws IOException {
        List<Double> longest = new ArrayList<>();
        try (TracedBrowser browser = new TracedBrowser(session)) {
            browser.open("/instances");
            for (int i = 0; i < Math.max(3, settings.samples() / 4); i++) {
                String action = i % 2 == 0 ? "pause" : "resume";
                String state = i % 2 == 0 ? "paused" : "ready";
                longest.add(browser.longestTaskMillis(() -> change(admin, action), SERVICES, state));
            }
        }
        List<Double> allowed = Collections.nCopies(longest.size(), LONGEST_TASK_MILLIS);
        report.add(Figure.atMost("manager.live", "ms", Statistics::median, longest, allowed, 1));
    }

    private void change(AdminSocket admin, String action) throws IOException {
        for (String instance : instances) {
            admin.post("/v1/instances/" + instance + "/" + action, "");
        }
    }
}
