package org.kdcloudlet.server.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.server.CloudletServer;
import org.kdcloudlet.server.HypervisorFactory;
import org.kdcloudlet.server.config.ConfigurationException;
import org.kdcloudlet.server.config.LoadedConfiguration;
import org.kdcloudlet.server.error.CloudletException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cloudlet run}: the server in the foreground, until SIGINT or SIGTERM. */
@Command(
        name = "cloudlet run",
        mixinStandardHelpOptions = true,
        description = "Runs the Cloudlet Server in the foreground. Ctrl-C ends it; its Service VMs go on.")
final class RunCommand implements Callable<Integer> {
    private static final int CLOSE_SECONDS = 30;

    @Option(names = "--config", paramLabel = "FILE", description = "Configuration (docs/reference/configuration.md).")
    private Optional<Path> config = Optional.empty();

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Data directory (default: /var/lib/kdcloudlet for root).")
    private Optional<Path> data = Optional.empty();

    @Option(
            names = "--api-address",
            paramLabel = "ADDRESS",
            description = "Where devices are listened to (default: 0.0.0.0).")
    private Optional<String> apiAddress = Optional.empty();

    @Option(names = "--api-port", paramLabel = "PORT", description = "TCP port of the device API (default: 9999).")
    private Optional<Integer> apiPort = Optional.empty();

    @Option(
            names = "--manager-port",
            paramLabel = "PORT",
            description = "TCP port of the Manager (default: 9998; 0: none).")
    private Optional<Integer> managerPort = Optional.empty();

    @Override
    public Integer call() {
        CompletableFuture<Boolean> end = new CompletableFuture<>();
        CountDownLatch closed = new CountDownLatch(1);
        LoadedConfiguration configuration = configuration();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> endAndWait(end, closed), "shutdown"));
        try {
            while (!end.isDone()) {
                serve(configuration, end);
            }
        } catch (CloudletException | HypervisorException e) {
            throw new CommandFailedException(ExitStatus.FAILED, e.getMessage());
        } finally {
            closed.countDown();
        }
        return 0;
    }

    /** Runs a server until it is to end, or to be started anew. */
    private static void serve(LoadedConfiguration configuration, CompletableFuture<Boolean> end) {
        try (CloudletServer server = CloudletServer.start(configuration, HypervisorFactory.qemu())) {
            server.setupLink()
                    .ifPresent(link -> System.out.println("Nobody administers this cloudlet yet. Make the first"
                            + " account here, once, within a day:\n  " + link));
            server.managerAddress().ifPresent(address -> System.out.println("The Manager is at " + address));
            System.out.println("Ready: the device API is on port " + server.apiPort() + ". Ctrl-C ends the server.");
            CompletableFuture.anyOf(end, server.restart()).join();
        }
    }

    private LoadedConfiguration configuration() {
        Map<String, Object> environment = new LinkedHashMap<>();
        Map<String, Object> overrides = new LinkedHashMap<>();
        Optional.ofNullable(System.getenv("KDCLOUDLET_DATA"))
                .filter(text -> !text.isBlank())
                .ifPresent(text -> environment.put("server.data", text));
        data.ifPresent(value -> overrides.put("server.data", value.toString()));
        apiAddress.ifPresent(value -> overrides.put("device-api.address", value));
        apiPort.ifPresent(value -> overrides.put("device-api.port", value));
        managerPort.ifPresent(value -> overrides.put("manager.port", value));
        try {
            LoadedConfiguration loaded = LoadedConfiguration.load(config, environment, overrides);
            Logs.configure(loaded.configuration().logging());
            return loaded;
        } catch (ConfigurationException e) {
            throw new CommandFailedException(ExitStatus.USAGE, e.getMessage());
        }
    }

    /** The JVM ends when its hooks have returned; so this one waits until the server was closed. */
    private static void endAndWait(CompletableFuture<Boolean> end, CountDownLatch closed) {
        end.complete(true);
        try {
            if (!closed.await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LoggerFactory.getLogger(RunCommand.class).warn("The server did not end within {} s", CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
