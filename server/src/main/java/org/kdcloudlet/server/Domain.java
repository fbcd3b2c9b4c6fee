package org.kdcloudlet.server;

import java.net.InetAddress;
import java.time.Clock;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.server.app.AppService;
import org.kdcloudlet.server.app.AppSettings;
import org.kdcloudlet.server.app.Apps;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.catalog.CatalogService;
import org.kdcloudlet.server.catalog.CatalogSettings;
import org.kdcloudlet.server.catalog.ImageService;
import org.kdcloudlet.server.catalog.ImageSurroundings;
import org.kdcloudlet.server.catalog.Images;
import org.kdcloudlet.server.catalog.PackageService;
import org.kdcloudlet.server.catalog.PackageSettings;
import org.kdcloudlet.server.catalog.Packages;
import org.kdcloudlet.server.catalog.ServiceUsage;
import org.kdcloudlet.server.config.Configuration;
import org.kdcloudlet.server.host.HostResources;
import org.kdcloudlet.server.instance.InstanceRegistry;
import org.kdcloudlet.server.instance.InstanceService;
import org.kdcloudlet.server.instance.InstanceSettings;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.operation.EventLog;
import org.kdcloudlet.server.operation.Events;
import org.kdcloudlet.server.operation.OperationService;
import org.kdcloudlet.server.operation.Operations;
import org.kdcloudlet.server.preparation.PreparationRegistry;
import org.kdcloudlet.server.preparation.PreparationService;
import org.kdcloudlet.server.preparation.Preparations;
import org.kdcloudlet.server.storage.DataDirectory;
import org.kdcloudlet.server.storage.Database;
import org.kdcloudlet.server.upload.ResumableUploads;
import org.kdcloudlet.server.upload.UploadLimits;

/**
 * Everything behind the interfaces of the server: the catalogue, images, instances, operations and events of one data
 * directory. Opening takes over what an earlier server left; closing leaves the machines running. The data directory and
 * the hypervisor are the caller's, to be closed after this.
 */
public final class Domain implements AutoCloseable {
    private final Database database;
    private final EventLog events;
    private final OperationService operations;
    private final CatalogService catalog;
    private final ImageService images;
    private final InstanceService instances;
    private final AppService apps;
    private final PackageService packages;
    private final ResumableUploads resumableUploads;
    private final PreparationService preparations;

    /** How the parts behave. */
    public record Settings(
            CatalogSettings images, InstanceSettings instances, AppSettings apps, PackageSettings packages) {
        static Settings of(Configuration configuration) {
            return new Settings(
                    configuration.images(), configuration.instances(), configuration.apps(), configuration.packages());
        }
    }

    private Domain(
            Database database,
            DataDirectory directory,
            Hypervisor hypervisor,
            HostResources host,
            Supplier<Settings> settings,
            Clock clock) {
        this.database = database;
        events = new EventLog(database, clock);
        operations = new OperationService(database, events, clock);
        InstanceRegistry registry = new InstanceRegistry(database, clock);
        PreparationRegistry prepared = new PreparationRegistry(database);
        ServiceUsage usage = prepared.usage(registry);
        catalog = new CatalogService(database, usage, events, clock);
        HostPorts range = settings.get().instances().hostPorts();
        HostPorts local = new HostPorts(InetAddress.getLoopbackAddress(), range.first(), range.last());
        ImageSurroundings surroundings = new ImageSurroundings(
                directory.images(),
                directory.uploads(),
                directory.templateKeys(),
                () -> settings.get().images(),
                local,
                host,
                clock);
        images = new ImageService(catalog, hypervisor, operations, events, usage, surroundings);
        instances = new InstanceService(
                registry,
                catalog,
                images,
                hypervisor,
                host,
                operations,
                events,
                () -> settings.get().instances(),
                clock);
        apps = new AppService(
                database,
                directory.apps(),
                directory.uploads(),
                () -> settings.get().apps(),
                events,
                clock);
        packages = new PackageService(
                new PackageService.Parts(
                        catalog,
                        images,
                        hypervisor,
                        operations,
                        host,
                        directory.uploads(),
                        directory.templateKeys(),
                        clock),
                () -> settings.get().images(),
                settings.get().packages());
        resumableUploads = ResumableUploads.open(
                directory.resumableUploads(),
                directory.uploads(),
                UploadLimits.of(
                        kind -> switch (kind) {
                            case APP -> settings.get().apps().maxFileBytes();
                            case BACKUP -> Long.MAX_VALUE;
                            case IMAGE, PACKAGE, TEMPLATE ->
                                settings.get().images().imageLimits().maxFileBytes();
                        },
                        () -> settings.get().images().diskReserveBytes()),
                clock);
        preparations = new PreparationService(
                new PreparationService.Parts(
                        prepared,
                        catalog,
                        images,
                        hypervisor,
                        instances.room(),
                        operations,
                        events,
                        local,
                        directory.uploads(),
                        settings.get().packages().importFolder(),
                        clock),
                () -> settings.get().images());
        catalog.listen(preparations);
        instances.shareAdoption(preparations);
    }

    /**
     * @param directory held by the caller
     * @param hypervisor on {@link DataDirectory#machines()}; nothing was started with it yet
     * @param clock read in whole milliseconds, e.g. {@code Clock.tickMillis(ZoneOffset.UTC)}
     * @throws org.kdcloudlet.server.error.CloudletException STORAGE_UNUSABLE or STORAGE_FULL
     */
    public static Domain open(
            DataDirectory directory, Hypervisor hypervisor, HostResources host, Settings settings, Clock clock) {
        Database database = Database.open(directory.database());
        return open(database, directory, hypervisor, host, () -> settings, clock);
    }

    /** The same on a database that was opened already; it is closed with this. The settings may change meanwhile. */
    static Domain open(
            Database database,
            DataDirectory directory,
            Hypervisor hypervisor,
            HostResources host,
            Supplier<Settings> settings,
            Clock clock) {
        Domain domain;
        try {
            domain = new Domain(database, directory, hypervisor, host, settings, clock);
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
        try {
            domain.images.reconcile(directory.uploads());
            domain.apps.reconcile();
            domain.packages.reconcile();
            domain.instances.begin();
            domain.images.begin(domain.instances::serviceOf);
            return domain;
        } catch (RuntimeException e) {
            domain.close();
            throw e;
        }
    }

    public Catalog catalog() {
        return catalog;
    }

    public Images images() {
        return images;
    }

    public Instances instances() {
        return instances;
    }

    public Packages packages() {
        return packages;
    }

    public Preparations preparations() {
        return preparations;
    }

    public Apps apps() {
        return apps;
    }

    public ResumableUploads resumableUploads() {
        return resumableUploads;
    }

    public Operations operations() {
        return operations;
    }

    public Events events() {
        return events;
    }

    /**
     * Reads what a database keeps as a start would.
     *
     * @throws RuntimeException when a start on it would fail
     */
    static void tryOut(Database database, DataDirectory directory, Supplier<AppSettings> apps, Clock clock) {
        EventLog events = new EventLog(database, clock);
        try {
            new OperationService(database, events, clock).close();
            new CatalogService(database, new InstanceRegistry(database, clock), events, clock).list();
            new AppService(database, directory.apps(), directory.uploads(), apps, events, clock).list();
        } finally {
            events.close();
        }
    }

    /** For what else is kept on record: one table space for all. */
    public Database database() {
        return database;
    }

    @Override
    public void close() {
        resumableUploads.close();
        instances.close();
        preparations.close();
        operations.close();
        images.close();
        events.close();
        database.close();
    }
}
