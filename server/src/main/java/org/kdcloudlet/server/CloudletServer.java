package org.kdcloudlet.server;

import java.net.InetAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.server.account.Accounts;
import org.kdcloudlet.server.api.DeviceApi;
import org.kdcloudlet.server.backup.BackupService;
import org.kdcloudlet.server.backup.PendingRestore;
import org.kdcloudlet.server.config.Configuration;
import org.kdcloudlet.server.config.LoadedConfiguration;
import org.kdcloudlet.server.host.HostAddresses;
import org.kdcloudlet.server.host.HostResources;
import org.kdcloudlet.server.host.Identity;
import org.kdcloudlet.server.host.LinuxHostResources;
import org.kdcloudlet.server.host.LoadHistory;
import org.kdcloudlet.server.host.LoadSampler;
import org.kdcloudlet.server.manager.AdminApi;
import org.kdcloudlet.server.manager.ManagerServer;
import org.kdcloudlet.server.manager.ServerStatus;
import org.kdcloudlet.server.manager.metrics.Metrics;
import org.kdcloudlet.server.operation.Events;
import org.kdcloudlet.server.setting.SettingService;
import org.kdcloudlet.server.storage.DataDirectory;
import org.kdcloudlet.server.storage.Database;
import org.kdcloudlet.server.tls.LiveCertificate;
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

    private static final Duration RESTART_AFTER = Duration.ofSeconds(3);

    private final CompletableFuture<Boolean> restart = new CompletableFuture<>();
    private final Reverter parts;
    private final SettingService settings;
    private final Configuration configuration;
    private final Identity identity;
    private final HostAddresses addresses;
    private final Hypervisor hypervisor;
    private final LoadSampler load;
    private final LoadHistory history;
    private final Metrics metrics;
    private final WebServer deviceApi;
    private final Instant started;
    private final CloudletDiscovery discovery;
    private final Optional<String> setupLink;
    private final AtomicReference<Optional<ManagerServer>> manager = new AtomicReference<>(Optional.empty());
    private final AtomicReference<Optional<LiveCertificate>> certificate = new AtomicReference<>(Optional.empty());

    private CloudletServer(LoadedConfiguration loaded, HypervisorFactory hypervisors, Reverter parts) {
        this.parts = parts;
        this.configuration = loaded.configuration();
        Clock clock = Clock.tickMillis(ZoneOffset.UTC);
        started = clock.instant();
        metrics = new Metrics(configuration.manager().port() != 0);
        identity = Identity.of(configuration.server().name());
        addresses = new HostAddresses(configuration.discovery().interfaces());
        ScheduledExecutorService scheduler =
                Executors.newScheduledThreadPool(2, task -> daemon(task, "server-background"));
        parts.add("end the background threads", scheduler::shutdownNow);
        DataDirectory directory = DataDirectory.open(configuration.server().data());
        parts.add("let go of the data directory", directory::close);
        // On a thread of its own, which a start that is refused does not interrupt: in the middle of a start or stop,
        // the web server
        // would call that a fault.
        // Three that do not need each other take most of the time: the web server's classes, the machines, the
        // database.
        daemon(CloudletServer::preloadWebServer, "web-server-preload").start();
        HypervisorOpening opening = new HypervisorOpening(CompletableFuture.supplyAsync(
                () -> hypervisors.open(directory.machines(), configuration.hypervisor()), scheduler));
        parts.add("let go of the machines", opening::letGo);
        new PendingRestore(directory).takeOver();
        Database database = Database.open(directory.database());
        parts.add("close the database", database::close);
        settings = new SettingService(loaded, database, clock);
        if (!settings.current().logging().equals(configuration.logging())) {
            LogLevel.set(settings.current().logging());
        }
        hypervisor = opening.opened();
        HostResources host = new LinuxHostResources(directory.root());
        Domain domain =
                Domain.open(database, directory, hypervisor, host, () -> Domain.Settings.of(settings.current()), clock);
        parts.add("close the domain", domain::close);
        load = LoadSampler.start(scheduler, LOAD_PERIOD);
        parts.add("stop sampling the load", load::close);
        history = LoadHistory.start(load::load, host, clock, scheduler);
        parts.add("stop keeping the load", history::close);
        domain.instances().listen(metrics);
        parts.add("end the metrics", metrics::close);
        deviceApi = listenToDevices(domain);
        discovery = new CloudletDiscovery(settings.current().discovery());
        setupLink = listenToAdministrators(adminParts(domain, directory, clock), directory, clock);
        discovery.start(identity.name(), deviceApi.port(), addresses);
        parts.add("withdraw the announcement", discovery::close);
        certificate.get().ifPresent(live -> ManagerCertificate.lookAfter(live, scheduler));
        follow(domain.events());
        scheduler.execute(() ->
                metrics.load(new Metrics.Sources(domain.catalog(), domain.instances(), domain.apps(), load::load)));
    }

    /** Has those told of changed settings who do not ask for them each time. */
    private void follow(Events events) {
        settings.listen(change -> {
            if (change.shown().key().equals("logging.level")) {
                LogLevel.set(change.configuration().logging());
            }
            discovery.follow(change.configuration().discovery());
            events.publish("setting.changed", Map.of("setting", change.shown().key()), change.sentence());
        });
    }

    private static void preloadWebServer() {
        try {
            WebServer.preload();
        } catch (RuntimeException e) {
            log.warn("The web server's classes are loaded later: {}", e.toString());
        }
    }

    private WebServer listenToDevices(Domain domain) {
        InetAddress instances = configuration.instances().hostPorts().address();
        WebServer server = DeviceApi.server(
                configuration.deviceApi(),
                () -> settings.current().limits(),
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
        certificate.set(ManagerCertificate.of(configuration.manager(), identity, addresses, directory, clock));
        ManagerServer started =
                ManagerServer.start(configuration.manager(), identity.name(), certificate.get(), admin, metrics);
        parts.add("stop the Manager", started::close);
        manager.set(Optional.of(started));
        return started.firstSetupLink(admin);
    }

    /**
     * Starts a server.
     *
     * @param hypervisors makes what runs machines
     * @throws org.kdcloudlet.server.error.CloudletException or {@link org.kdcloudlet.hypervisor.HypervisorException} when it cannot
     *     run here; nothing is left then
     */
    public static CloudletServer start(LoadedConfiguration loaded, HypervisorFactory hypervisors) {
        try (Reverter undo = new Reverter()) {
            Reverter parts = new Reverter();
            undo.add("close what was started", parts::close);
            CloudletServer server = new CloudletServer(loaded, hypervisors, parts);
            undo.commit();
            log.info(
                    "Cloudlet {} listens to devices on {}:{} and to administrators on {}",
                    server.identity.name(),
                    server.configuration.deviceApi().address().getHostAddress(),
                    server.apiPort(),
                    server.configuration.server().data().resolve("cloudlet.sock"));
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
        Accounts accounts = Accounts.on(
                domain.database(), () -> settings.current().manager().accounts(), clock);
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
                domain.resumableUploads(),
                () -> new AdminApi.UploadLimits(
                        settings.current().images().imageLimits().maxFileBytes(),
                        settings.current().images().diskReserveBytes()),
                () -> new AdminApi.UploadLimits(
                        settings.current().apps().maxFileBytes(),
                        settings.current().images().diskReserveBytes()),
                this::status,
                history,
                discovery,
                accounts,
                settings,
                new BackupService(backupParts(domain, directory, clock)));
    }

    private BackupService.Parts backupParts(Domain domain, DataDirectory directory, Clock clock) {
        LinuxHostResources host = new LinuxHostResources(directory.root());
        return new BackupService.Parts(
                identity.name(),
                Version.current(),
                domain.database(),
                directory,
                domain.operations(),
                () -> host.diskFree() - settings.current().images().diskReserveBytes(),
                restored -> Domain.tryOut(
                        restored, directory, () -> settings.current().apps(), clock),
                this::restartSoon,
                clock);
    }

    /** Whoever waits for the operation that asks for it is told of its end before. */
    private void restartSoon() {
        CompletableFuture.delayedExecutor(RESTART_AFTER.toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> restart.complete(true));
    }

    /** Is completed when the server is to be closed and started anew, on what was put in its place meanwhile. */
    public CompletableFuture<Boolean> restart() {
        return restart;
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
                managerAddress(),
                certificate.get().map(live -> live.current().authority()));
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
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
