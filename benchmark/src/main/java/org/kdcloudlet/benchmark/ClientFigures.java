package org.kdcloudlet.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.kdcloudlet.benchmark.floor.BareClient;
import org.kdcloudlet.client.Cloudlet;
import org.kdcloudlet.client.CloudletApi;
import org.kdcloudlet.client.CloudletClient;
import org.kdcloudlet.client.CloudletFinder;
import org.kdcloudlet.client.ServiceVm;

/**
 * {@code client.services} and {@code client.start}: calls of the client library beside the same requests of a bare JDK
 * client; {@code client.discovery}: the slowest of all times until twenty cloudlets are found, beside what is allowed.
 */
final class ClientFigures {
    private static final String SERVICE = "org.example.client";
    private static final int SERVICES = 20;
    private static final int CALLS_A_SAMPLE = 300;
    private static final int RESPONDERS = 20;
    private static final double DISCOVERY_LIMIT_MILLIS = 1500;
    private static final Duration DISCOVERY_DEADLINE = Duration.ofSeconds(30);

    private final Settings settings;
    private final Report report;

    ClientFigures(Settings settings, Report report) {
        this.settings = settings;
        this.report = report;
    }

    void run() throws IOException, InterruptedException {
        Path data = Files.createDirectories(settings.folder().resolve("client"));
        try (ServerProcess server = ServerProcess.cloudlet(settings, data, ServerProcess.NO_LIMITS);
                CloudletClient client = CloudletClient.create()) {
            addServices(new CommandLine(data));
            CloudletApi api = client.at(Cloudlet.parse("127.0.0.1:" + server.port()));
            BareClient bare = new BareClient(server.port());
            services(api, bare);
            start(api, bare);
        }
        discovery();
    }

    private void addServices(CommandLine cli) throws IOException, InterruptedException {
        cli.run(
                "service",
                "add",
                SERVICE,
                "--image",
                settings.image().toString(),
                "--pool",
                "0",
                "--port",
                "8080",
                "--probe",
                "http:/",
                "--memory",
                "256",
                "--cpus",
                "1");
        for (int i = 1; i < SERVICES; i++) {
            cli.run(
                    "service",
                    "add",
                    "org.example.other" + i,
                    "--port",
                    "8080",
                    "--description",
                    "Service number " + i);
        }
    }

    private interface Step {
        void run() throws IOException, InterruptedException;
    }

    private void services(CloudletApi api, BareClient bare) throws IOException, InterruptedException {
        Step library = () -> check(api.services().size());
        Step floor = () -> check(bare.services().size());
        List<Double> samples = new ArrayList<>();
        List<Double> floors = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            microsACall(floor);
            microsACall(library);
        }
        for (int i = 0; i < settings.samples(); i++) {
            floors.add(microsACall(floor));
            samples.add(microsACall(library));
        }
        report.add(Figure.atMost("client.services", "us", Statistics::median, samples, floors, 1.2));
    }

    private static void check(int services) throws IOException {
        if (services != SERVICES) {
            throw new IOException("there are " + services + " services, not " + SERVICES);
        }
    }

    private static double microsACall(Step call) throws IOException, InterruptedException {
        long began = System.nanoTime();
        for (int i = 0; i < CALLS_A_SAMPLE; i++) {
            call.run();
        }
        return (System.nanoTime() - began) / 1e3 / CALLS_A_SAMPLE;
    }

    private void start(CloudletApi api, BareClient bare) throws IOException, InterruptedException {
        List<Double> samples = new ArrayList<>();
        List<Double> floors = new ArrayList<>();
        startBare(bare);
        startByLibrary(api);
        for (int i = 0; i < settings.samples(); i++) {
            floors.add(startBare(bare));
            samples.add(startByLibrary(api));
        }
        report.add(Figure.atMost("client.start", "ms", Statistics::median, samples, floors, 1.2));
    }

    private static double startBare(BareClient bare) throws IOException, InterruptedException {
        long began = System.nanoTime();
        BareClient.Instance instance = bare.start(SERVICE);
        double millis = millisSince(began);
        bare.stop(instance.id());
        return millis;
    }

    private static double startByLibrary(CloudletApi api) {
        long began = System.nanoTime();
        ServiceVm instance = api.start(SERVICE);
        double millis = millisSince(began);
        api.stop(instance.id());
        return millis;
    }

    private void discovery() throws IOException, InterruptedException {
        List<Double> samples = new ArrayList<>();
        try (Responders responders = new Responders(RESPONDERS)) {
            for (int i = 0; i < settings.samples(); i++) {
                samples.add(discoverAll(responders));
            }
        }
        List<Double> limits = Collections.nCopies(samples.size(), DISCOVERY_LIMIT_MILLIS);
        report.add(Figure.atMost("client.discovery", "ms", Collections::max, samples, limits, 1.0));
    }

    private static double discoverAll(Responders responders) throws IOException, InterruptedException {
        long began = System.nanoTime();
        try (CloudletFinder finder = CloudletFinder.builder().interfaces("lo").open()) {
            List<Cloudlet> found = finder.find(DISCOVERY_DEADLINE, all -> count(all, responders) == RESPONDERS);
            if (count(found, responders) != RESPONDERS) {
                throw new IOException(
                        "only " + count(found, responders) + " of " + RESPONDERS + " cloudlets were found");
            }
            return millisSince(began);
        }
    }

    private static long count(List<Cloudlet> cloudlets, Responders responders) {
        return cloudlets.stream()
                .filter(one -> responders.has(one.instanceName()))
                .count();
    }

    private static double millisSince(long began) {
        return (System.nanoTime() - began) / 1e6;
    }
}
