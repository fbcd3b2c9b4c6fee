package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.kdcloudlet.client.Cloudlet;
import org.kdcloudlet.client.CloudletApi;
import org.kdcloudlet.client.CloudletException;
import org.kdcloudlet.client.Endpoint;
import org.kdcloudlet.client.Service;
import org.kdcloudlet.client.ServiceVm;
import org.kdcloudlet.client.SystemInfo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code cloudlet demo}: a cloudlet of its own, on embedded defaults, and a device that finds it, starts a Service VM, sends
 * it a file and shows what came back. Leaves nothing running unless told to.
 */
@Command(name = "demo", mixinStandardHelpOptions = true, description = "Shows the main job, end to end.")
final class DemoCommand implements Callable<Integer> {
    /** What there is to be shown. */
    enum Kind {
        inspect,
        speech
    }

    @Parameters(
            arity = "0..1",
            paramLabel = "WHAT",
            description =
                    "${COMPLETION-CANDIDATES}: a service that looks closely at a file, or one that recognizes speech"
                            + " (default: ${DEFAULT-VALUE}).")
    private Kind kind = Kind.inspect;

    @Option(names = "--image", required = true, description = "The demo guest.")
    private Path image;

    @Option(names = "--file", required = true, description = "The file that the device sends.")
    private Path file;

    @Option(
            names = "--export",
            paramLabel = "FILE",
            description = "Write the service as a package (.csvm) that other cloudlets can import.")
    private Optional<Path> export = Optional.empty();

    @Option(names = "--keep", description = "Leave the cloudlet up at the end.")
    private boolean keep;

    private final PrintStream out = System.out;
    private final long began = startOfScript();
    private DemoScenario scenario = new DemoInspection();

    @Override
    public Integer call() throws InterruptedException {
        requireFile(image);
        requireFile(file);
        if (kind == Kind.speech) {
            scenario = new DemoSpeech(file);
        }
        try {
            show();
        } catch (IOException | CloudletException e) {
            throw new CommandFailedException(ExitStatus.FAILED, "The demo failed: " + e.getMessage());
        }
        return 0;
    }

    private static void requireFile(Path path) {
        if (!Files.isRegularFile(path)) {
            throw new CommandFailedException(ExitStatus.FAILED, "There is no file " + path + ".");
        }
    }

    private void show() throws IOException, InterruptedException {
        Path data = Files.createTempDirectory("kc-demo");
        try (DemoServer server = new DemoServer(data)) {
            server.endWithThisProcess();
            step("starting a cloudlet on a data directory of its own: " + data);
            server.start();
            try (AdminClient admin = new AdminClient(data)) {
                JsonNode status = admin.get("/v1/status");
                JsonNode hypervisor = status.path("hypervisor");
                detail(hypervisor.path("name").asText() + " "
                        + hypervisor.path("version").asText() + " with "
                        + hypervisor.path("accelerator").asText() + ": "
                        + hypervisor.path("accelerator_reason").asText());
                register(admin);
                try (DemoDevice device = new DemoDevice()) {
                    serve(device, status.path("name").asText(), server.apiPort());
                }
                if (export.isPresent()) {
                    step("writing the service as a package: " + export.get());
                    admin.download("/v1/services/" + scenario.serviceId() + "/package", export.get());
                }
                if (keep) {
                    server.keep();
                    explainHowToReach(data, server);
                } else {
                    step("removing the service and ending the cloudlet");
                    admin.delete("/v1/services/" + scenario.serviceId() + "?force=true");
                }
            }
        }
    }

    private void register(AdminClient admin) throws IOException {
        step("registering the service " + scenario.serviceId()
                + ": its image is copied in, booted, and frozen into a template");
        admin.post("/v1/services", scenario.definition());
        JsonNode operation = ImageUpload.sendAsIs(admin, "/v1/services/" + scenario.serviceId() + "/images", image);
        new OperationWatch(admin, this::detail).await(operation);
        step("waiting until a clone of the template waits in the pool");
        await("The pool did not fill", () -> {
            JsonNode pool = admin.get("/v1/services/" + scenario.serviceId()).path("pool");
            return pool.path("ready").asInt() >= 1;
        });
    }

    private void serve(DemoDevice device, String name, int port) throws IOException, InterruptedException {
        step("a device looks for cloudlets by multicast DNS");
        Cloudlet cloudlet = device.find(name, port);
        detail("found '" + cloudlet.instanceName() + "' at " + cloudlet.host() + ", port " + cloudlet.port());
        CloudletApi api = device.at(cloudlet);
        SystemInfo load = api.system();
        detail("it says of itself: " + load.cores() + " cores, " + load.usage() + " % in use; "
                + Console.size(load.freeMemory()) + " of memory free");
        for (Service service : api.services()) {
            detail("it offers: " + service.serviceId() + ", "
                    + service.description().orElse(""));
        }
        step("the device starts the service and sends it " + file.getFileName() + ", " + Files.size(file) + " bytes");
        long asked = System.nanoTime();
        ServiceVm instance = api.start(scenario.serviceId());
        double started = millisSince(asked);
        List<String> answer = scenario.use(device, new Endpoint(cloudlet, instance), file);
        double answered = millisSince(asked);
        step("this came back out of the Service VM:");
        answer.forEach(this::detail);
        step("the device stops the service");
        api.stop(instance.id());
        step(String.format(
                Locale.ROOT, "from the start request: ready after %.0f ms, answer after %.0f ms", started, answered));
    }

    private void explainHowToReach(Path data, DemoServer server) {
        step("the cloudlet stays up:");
        detail("device API     http://127.0.0.1:" + server.apiPort() + "/api/services");
        detail("administration ./cloudlet status --data " + data);
        detail("its log        " + server.log());
        detail("to end it      ./cloudlet service remove " + scenario.serviceId() + " --force --data " + data
                + " && kill " + server.pid());
    }

    private static void await(String failure, Callable<Boolean> condition) {
        if (!Conditions.await(condition, 180)) {
            throw new CommandFailedException(ExitStatus.FAILED, failure + " within three minutes.");
        }
    }

    private void step(String text) {
        out.printf(Locale.ROOT, "[%6.1f s] %s%n", (System.currentTimeMillis() - began) / 1000.0, text);
    }

    private void detail(String text) {
        new Console(out).line("             " + text);
    }

    private static double millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e6;
    }

    /** The launcher says when it began, so that its steps and ours count from the same moment. */
    private static long startOfScript() {
        String told = System.getenv("KDCLOUDLET_DEMO_STARTED");
        return told == null ? System.currentTimeMillis() : Long.parseLong(told);
    }
}
