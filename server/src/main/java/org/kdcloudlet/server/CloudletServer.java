package org.kdcloudlet.server;

import java.net.InetAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.server.account.Accounts;
import org.kdcloudlet.server.api.DeviceApi;
import org.kdcloudlet.server.config.Configuration;
import org.kdcloudlet.server.config.ManagerConfiguration;
import org.kdcloudlet.server.host.HostAddresses;
import org.kdcloudlet.server.host.Identity;
import org.kdcloudlet.server.host.LinuxHostResources;
import org.kdcloudlet.server.host.LoadSampler;
import org.kdcloudlet.server.manager.AdminApi;
import org.kdcloudlet.server.manager.ManagerServer;
import org.kdcloudlet.server.manager.ServerStatus;
import org.kdcloudlet.server.manager.metrics.Metrics;
import org.kdcloudlet.server.storage.DataDirectory;
import org.kdcloudlet.server.storage.Database;
import org.kdcloudlet.server.tls.OwnAuthority;
import org.kdcloudlet.server.tls.ServerCertificate;
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
    /** The proof of KVM takes seconds; a busy host may need more. */
    private static final Duration OPEN_DEADLINE = Duration.ofMinutes(5);

    private final Reverter parts;
    private final Configuration configuration;
    private final Identity identity;
    private final HostAddresses addresses;
    private final Hypervisor hypervisor;
    private final LoadSampler load;
    private final Metrics metrics;
    private final WebServer deviceApi;
    private final Instant started;
    private final CloudletDiscovery discovery;
    private final Optional<String> setupLink;
    private final AtomicReference<Optional<ManagerServer>> manager = new AtomicReference<>(Optional.empty());

    private CloudletServer(Configuration configuration, HypervisorFactory hypervisors, Reverter parts) {
        this.parts = parts;
        this.configuration = configuration;
        Clock clock = Clock.tickMillis(ZoneOffset.UTC);
        started = clock.instant();
        metrics = new Metrics(configuration.manager().port() != 0);
        identity = Identity.of(configuration.server().name());
        addresses = new HostAddresses(configuration.discovery().interfaces());
        ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(2, CloudletServer::daemon);
        parts.add("end the background threads", scheduler::shutdownNow);
        DataDirectory directory = DataDirectory.open(configuration.server().data());
        parts.add("let go of the data directory", directory::close);
        // Three that do not need each other take most of the time: the web server's classes, the machines, the
        // database.
        scheduler.execute(CloudletServer::preloadWebServer);
        CompletableFuture<Hypervisor> opening = CompletableFuture.supplyAsync(
                () -> hypervisors.open(directory.machines(), configuration.hypervisor()), scheduler);
        parts.add("let go of the machines", () -> letGo(opening));
        Database database = Database.open(directory.database());
        parts.add("close the database", database::close);
        hypervisor = opened(opening);
        Domain domain = Domain.open(
                database,
                directory,
                hypervisor,
                new LinuxHostResources(directory.root()),
                new Domain.Settings(
                        configuration.images(),
                        configuration.instances(),
                        configuration.apps(),
                        configuration.packages()),
                clock);
        parts.add("close the domain", domain::close);
        load = LoadSampler.start(scheduler, LOAD_PERIOD);
        parts.add("stop sampling the load", load::close);
        domain.instances().listen(metrics);
        parts.add("end the metrics", metrics::close);
        deviceApi = listenToDevices(domain);
        discovery = new CloudletDiscovery(configuration.discovery());
        setupLink = listenToAdministrators(adminParts(domain, directory, clock), directory, clock);
        discovery.start(identity.name(), deviceApi.port(), addresses);
        parts.add("withdraw the announcement", discovery::close);
        scheduler.execute(() ->
                metrics.load(new Metrics.Sources(domain.catalog(), domain.instances(), domain.apps(), load::load)));
    }

    private static void preloadWebServer() {
        try {
            WebServer.preload();
        } catch (RuntimeException e) {
            log.warn("The web server's classes are loaded later: {}", e.toString());
        }
    }

    private static Hypervisor opened(CompletableFuture<Hypervisor> opening) {
        try {
            return opening.get(OPEN_DEADLINE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new HypervisorException(HypervisorError.FAILED, "The hypervisor cannot be opened", e);
        } catch (TimeoutException e) {
            throw new HypervisorException(
                    HypervisorError.TIMEOUT,
                    "The hypervisor was not ready within " + OPEN_DEADLINE.toMinutes() + " minutes",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HypervisorException(HypervisorError.FAILED, "Interrupted", e);
        }
    }

    /** Closes the hypervisor, if it could be opened at all. */
    private static void letGo(CompletableFuture<Hypervisor> opening)
            throws ExecutionException, TimeoutException, InterruptedException {
        opening.handle((opened, failure) -> Optional.ofNullable(opened))
                .get(OPEN_DEADLINE.toSeconds(), TimeUnit.SECONDS)
                .ifPresent(Hypervisor::close);
    }

    private WebServer listenToDevices(Domain domain) {
        InetAddress instances = configuration.instances().hostPorts().address();
        WebServer server = DeviceApi.server(
                configuration.deviceApi(),
                configuration.limits(),
                new DeviceApi.Parts(
                        identity.name(),
                        domain.catalog(),
                        domain.instances(),
                        domain.apps(),
                        load,
                        instances,
                        metrics));
        parts.add("stop the device API", server::close);
        server.start();
        return server;
    }

    /** The link for the first account is returned, when there is none yet. */
    private Optional<String> listenToAdministrators(AdminApi.Parts admin, DataDirectory directory, Clock clock) {
        AdminApi adminApi = AdminApi.start(directory.root().resolve("cloudlet.sock"), admin);
        parts.add("stop the admin API", adminApi::close);
        if (configuration.manager().port() == 0) {
            return Optional.empty();
        }
        ManagerServer started = ManagerServer.start(
                configuration.manager(), identity.name(), certificate(directory, clock), admin, metrics);
        parts.add("stop the Manager", started::close);
        manager.set(Optional.of(started));
        return started.firstSetupLink(admin);
    }

    private Optional<ServerCertificate> certificate(DataDirectory directory, Clock clock) {
        ManagerConfiguration settings = configuration.manager();
        return switch (settings.tls()) {
            case OFF -> Optional.empty();
            case FILES ->
                Optional.of(ServerCertificate.of(
                        settings.certificate().orElseThrow(), settings.key().orElseThrow()));
            case OWN -> {
                List<String> names = new ArrayList<>(settings.hostNames());
                names.addAll(List.of("localhost", identity.name(), identity.name() + ".local"));
                List<InetAddress> reachable = new ArrayList<>(List.of(InetAddress.getLoopbackAddress()));
                addresses.places().forEach(place -> reachable.add(place.address()));
                yield Optional.of(new OwnAuthority(directory.root().resolve("tls"), clock)
                        .server(identity.name(), names, reachable));
            }
        };
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

    /** Where browsers find the Manager; empty when it has no port. */
    public Optional<URI> managerAddress() {
        return manager.get().map(ManagerServer::address);
    }

    /** The one-time link by which the first account is made, when there was none at the start. */
    public Optional<String> setupLink() {
        return setupLink;
    }

    private AdminApi.Parts adminParts(Domain domain, DataDirectory directory, Clock clock) {
        AdminApi.UploadLimits limits = new AdminApi.UploadLimits(
                configuration.images().imageLimits().maxFileBytes(),
                configuration.images().diskReserveBytes());
        return new AdminApi.Parts(
                domain.catalog(),
                domain.images(),
                domain.instances(),
                domain.apps(),
                domain.packages(),
                domain.preparations(),
                domain.operations(),
                domain.events(),
                directory.uploads(),
                limits,
                new AdminApi.UploadLimits(
                        configuration.apps().maxFileBytes(),
                        configuration.images().diskReserveBytes()),
                this::status,
                discovery,
                Accounts.on(domain.database(), configuration.manager().accounts(), clock));
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
                discovery.status(),
                managerAddress());
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
