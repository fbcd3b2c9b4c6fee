package org.kdcloudlet.server;

import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.server.api.DeviceApi;
import org.kdcloudlet.server.config.Configuration;
import org.kdcloudlet.server.host.Advertisement;
import org.kdcloudlet.server.host.HostAddresses;
import org.kdcloudlet.server.host.Identity;
import org.kdcloudlet.server.host.LinuxHostResources;
import org.kdcloudlet.server.host.LoadSampler;
import org.kdcloudlet.server.manager.AdminApi;
import org.kdcloudlet.server.manager.ServerStatus;
import org.kdcloudlet.server.manager.ServerStatus.DiscoveryStatus;
import org.kdcloudlet.server.storage.DataDirectory;
import org.kdcloudlet.server.web.HealthServer;
import org.kdcloudlet.server.web.WebServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Cloudlet Server: takes over what an earlier one left on its data directory, then listens to devices and to
 * administrators, and makes itself known. Closing it leaves the machines running. The whole object graph is made here.
 */
public final class CloudletServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CloudletServer.class);
    private static final Duration LOAD_PERIOD = Duration.ofSeconds(2);

    private final Reverter parts;
    private final Configuration configuration;
    private final Identity identity;
    private final HostAddresses addresses;
    private final Hypervisor hypervisor;
    private final LoadSampler load;
    private final WebServer deviceApi;
    private final Instant started;
    private final List<Advertisement> advertisement = new ArrayList<>();

    private CloudletServer(Configuration configuration, HypervisorFactory hypervisors, Reverter parts) {
        this.parts = parts;
        this.configuration = configuration;
        Clock clock = Clock.tickMillis(ZoneOffset.UTC);
        started = clock.instant();
        identity = Identity.of(configuration.server().name());
        addresses = new HostAddresses(configuration.discovery().interfaces());
        ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(2, CloudletServer::daemon);
        parts.add("end the background threads", scheduler::shutdownNow);
        DataDirectory directory = DataDirectory.open(configuration.server().data());
        parts.add("let go of the data directory", directory::close);
        scheduler.execute(WebServer::preload);
        hypervisor = hypervisors.open(directory.machines(), configuration.hypervisor());
        parts.add("let go of the machines", hypervisor::close);
        LinuxHostResources resources = new LinuxHostResources(directory.root());
        Domain domain =
                Domain.open(directory, hypervisor, resources, configuration.images(), configuration.instances(), clock);
        parts.add("close the domain", domain::close);
        load = LoadSampler.start(scheduler, LOAD_PERIOD);
        parts.add("stop sampling the load", load::close);
        deviceApi = DeviceApi.server(
                configuration.deviceApi(),
                configuration.limits(),
                new DeviceApi.Parts(
                        identity.name(),
                        domain.catalog(),
                        domain.instances(),
                        load,
                        configuration.instances().hostPorts().address()));
        deviceApi.start();
        parts.add("stop the device API", deviceApi::close);
        AdminApi adminApi = AdminApi.start(directory.root().resolve("cloudlet.sock"), adminParts(domain, directory));
        parts.add("stop the admin API", adminApi::close);
        if (configuration.manager().port() != 0) {
            HealthServer health = HealthServer.start(configuration.manager().port());
            parts.add("stop the health check", health::close);
        }
        if (configuration.discovery().advertise()) {
            advertisement.add(Advertisement.start(identity.name(), deviceApi.port(), addresses, scheduler));
            advertisement.forEach(announced -> parts.add("withdraw the announcement", announced::close));
        }
    }

    /**
     * Starts a server.
     *
     * @param hypervisors makes what runs machines
     * @throws org.kdcloudlet.server.error.CloudletException or {@link org.kdcloudlet.hypervisor.HypervisorException} when it cannot
     *     run here; nothing is left then
     */
    public static CloudletServer start(Configuration configuration, HypervisorFactory hypervisors) {
        try (Reverter undo = new Reverter()) {
            Reverter parts = new Reverter();
            undo.add("close what was started", parts::close);
            CloudletServer server = new CloudletServer(configuration, hypervisors, parts);
            undo.commit();
            log.info(
                    "Cloudlet {} listens to devices on {}:{} and to administrators on {}",
                    server.identity.name(),
                    configuration.deviceApi().address().getHostAddress(),
                    server.apiPort(),
                    configuration.server().data().resolve("cloudlet.sock"));
            return server;
        }
    }

    /** The TCP port of the device API. */
    public int apiPort() {
        return deviceApi.port();
    }

    private AdminApi.Parts adminParts(Domain domain, DataDirectory directory) {
        AdminApi.UploadLimits limits = new AdminApi.UploadLimits(
                configuration.images().imageLimits().maxFileBytes(),
                configuration.images().diskReserveBytes());
        return new AdminApi.Parts(
                domain.catalog(),
                domain.images(),
                domain.instances(),
                domain.operations(),
                domain.events(),
                directory.uploads(),
                limits,
                this::status);
    }

    private ServerStatus status() {
        List<InetAddress> reachable =
                addresses.places().stream().map(HostAddresses.Place::address).toList();
        return new ServerStatus(
                identity.name(),
                Version.current(),
                started,
                hypervisor.status(),
                load.load(),
                reachable,
                configuration.deviceApi().address(),
                deviceApi.port(),
                discovery());
    }

    private DiscoveryStatus discovery() {
        List<Advertisement.State> states = advertisement.stream()
                .flatMap(announced -> announced.states().stream())
                .toList();
        if (advertisement.isEmpty()) {
            return new DiscoveryStatus("off", "", List.of());
        }
        String name = states.isEmpty() ? "" : states.get(0).name();
        List<String> interfaces = states.stream()
                .map(state -> state.place().networkInterface())
                .distinct()
                .toList();
        return new DiscoveryStatus(states.isEmpty() ? "announcing" : "announced", name, interfaces);
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "server-background");
        thread.setDaemon(true);
        return thread;
    }

    /** Ends everything but the machines, the last part that was started first. */
    @Override
    public void close() {
        parts.close();
        log.info("Cloudlet {} has ended; its machines go on", identity.name());
    }
}
