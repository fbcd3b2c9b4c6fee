package org.kdcloudlet.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.kdcloudlet.benchmark.floor.BareQemu;

/**
 * {@code start.*}: from the start request at the device API to the first answer of the service inside, beside QEMU alone
 * doing the same; and the server's memory after a hundred starts and a hundred thousand requests.
 */
final class StartFigures {
    private static final int BURST = 16;
    private static final int BURST_ROUNDS = 3;
    private static final int COLD_STARTS = 3;
    private static final int STARTS_BEFORE_RESIDENT = 100;
    private static final int REQUESTS_BEFORE_RESIDENT = 100_000;
    private static final String CLONED = "org.example.cloned";
    private static final String POOLED = "org.example.pooled";
    private static final String BOOTED = "org.example.booted";

    private final Settings settings;
    private final Report report;
    private final ObjectMapper json = new ObjectMapper();

    StartFigures(Settings settings, Report report) {
        this.settings = settings;
        this.report = report;
    }

    void run() throws IOException, InterruptedException {
        Path data = Files.createDirectories(settings.folder().resolve("start"));
        try (BareQemu bare = new BareQemu(settings.image(), settings.folder().resolve("bare"));
                ServerProcess server = ServerProcess.cloudlet(settings, data, ServerProcess.NO_LIMITS)) {
            CommandLine cli = new CommandLine(data);
            try {
                bare.makeTemplate();
                addService(cli, CLONED, "--pool", "0");
                addService(cli, POOLED, "--pool", "1");
                addService(cli, BOOTED, "--pool", "0", "--boot");
                single(bare, server, cli);
                burst(bare, server);
                cold(bare, server);
                resident(server);
            } finally {
                removeServices(cli);
            }
        }
    }

    /** Machines outlive their server, those too that wait in a pool; so the services go before it does. */
    private static void removeServices(CommandLine cli) throws IOException, InterruptedException {
        for (JsonNode service : cli.run("service", "list").path("services")) {
            cli.run("service", "remove", service.path("service_id").asText(), "--force");
        }
    }

    private void addService(CommandLine cli, String id, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("service", "add", id, "--image", settings.image().toString()));
        command.addAll(List.of("--port", "8080", "--probe", "http:/", "--memory", "256", "--cpus", "1"));
        command.addAll(List.of(more));
        cli.run(command.toArray(String[]::new));
    }

    private void single(BareQemu bare, ServerProcess server, CommandLine cli) throws IOException, InterruptedException {
        List<Double> floors = new ArrayList<>();
        List<Double> cloned = new ArrayList<>();
        List<Double> pooled = new ArrayList<>();
        bareClone(bare);
        start(server, CLONED);
        for (int i = 0; i < settings.samples(); i++) {
            awaitFullPool(cli);
            floors.add(bareClone(bare));
            cloned.add(start(server, CLONED));
            pooled.add(start(server, POOLED));
        }
        report.add(Figure.atMost("start.clone", "ms", Statistics::median, cloned, floors, 1.3));
        report.add(Figure.atMost("start.pool", "ms", Statistics::median, pooled, floors, 0.25));
    }

    private void burst(BareQemu bare, ServerProcess server) throws IOException, InterruptedException {
        List<Double> floors = new ArrayList<>();
        List<Double> samples = new ArrayList<>();
        for (int round = 0; round < BURST_ROUNDS; round++) {
            floors.addAll(atOnce(() -> bareClone(bare)));
            samples.addAll(atOnce(() -> start(server, CLONED)));
        }
        report.add(Figure.atMost("start.burst", "ms", all -> Statistics.percentile(all, 95), samples, floors, 1.3));
    }

    private void cold(BareQemu bare, ServerProcess server) throws IOException, InterruptedException {
        List<Double> floors = new ArrayList<>();
        List<Double> samples = new ArrayList<>();
        for (int i = 0; i < COLD_STARTS; i++) {
            long began = System.nanoTime();
            try (BareQemu.Instance instance = bare.startCold()) {
                RawHttp.get(instance.port(), "/");
                floors.add(millisSince(began));
            }
            samples.add(start(server, BOOTED));
        }
        report.add(Figure.reported("start.cold", "ms", Statistics::median, samples, floors));
    }

    private void resident(ServerProcess server) throws IOException, InterruptedException {
        for (int i = 0; i < STARTS_BEFORE_RESIDENT; i++) {
            start(server, CLONED);
        }
        Path body = settings.folder().resolve("system.json");
        Files.writeString(body, RawHttp.get(server.port(), "/api/system"));
        try (ServerProcess bare = ServerProcess.bareJavalin(settings, List.of("/api/system", body.toString()))) {
            HttpLoad.run(bare.port(), "/api/system", 8, REQUESTS_BEFORE_RESIDENT);
            HttpLoad.run(server.port(), "/api/system", 8, REQUESTS_BEFORE_RESIDENT);
            List<Double> value = List.of(server.residentMib());
            List<Double> floor = List.of(bare.residentMib());
            report.add(Figure.atMost("startup.resident", "MiB", Statistics::median, value, floor, 1.7));
        }
    }

    private double bareClone(BareQemu bare) throws IOException, InterruptedException {
        long began = System.nanoTime();
        try (BareQemu.Instance instance = bare.startClone()) {
            RawHttp.get(instance.port(), "/");
            return millisSince(began);
        }
    }

    /** Starts an instance as a device would, has its service answer, stops it; returns the time to the answer in ms. */
    private double start(ServerProcess server, String serviceId) throws IOException {
        long began = System.nanoTime();
        JsonNode instance =
                json.readTree(RawHttp.get(server.port(), "/api/servicevm/start?join=false&serviceId=" + serviceId));
        RawHttp.get(instance.get("port").asInt(), "/");
        double millis = millisSince(began);
        RawHttp.get(
                server.port(),
                "/api/servicevm/stop?instanceId=" + instance.get("_id").asText());
        return millis;
    }

    private static List<Double> atOnce(Callable<Double> start) throws IOException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(BURST);
        try {
            List<Callable<Double>> starts = new ArrayList<>();
            for (int i = 0; i < BURST; i++) {
                starts.add(start);
            }
            List<Double> millis = new ArrayList<>();
            for (Future<Double> started : threads.invokeAll(starts)) {
                millis.add(started.get());
            }
            return millis;
        } catch (ExecutionException e) {
            throw new IOException("a start of a burst failed: " + e.getCause().getMessage(), e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private static void awaitFullPool(CommandLine cli) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (true) {
            JsonNode pool = cli.run("service", "show", POOLED).path("pool");
            if (pool.path("ready").asInt() >= pool.path("wanted").asInt(1)) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("the pool of " + POOLED + " did not fill within a minute");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
        }
    }

    private static double millisSince(long began) {
        return (System.nanoTime() - began) / 1e6;
    }
}
