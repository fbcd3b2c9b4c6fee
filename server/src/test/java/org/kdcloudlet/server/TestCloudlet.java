package org.kdcloudlet.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.hypervisor.testing.FakeCrash;
import org.kdcloudlet.hypervisor.testing.FakeHypervisor;
import org.kdcloudlet.hypervisor.testing.FakeWorld;
import org.kdcloudlet.server.app.AppSettings;
import org.kdcloudlet.server.catalog.CatalogSettings;
import org.kdcloudlet.server.catalog.Images.ImageSource;
import org.kdcloudlet.server.catalog.PackageSettings;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.catalog.ServiceBuilder;
import org.kdcloudlet.server.catalog.ServiceDefinition;
import org.kdcloudlet.server.instance.Instance;
import org.kdcloudlet.server.instance.InstanceSettings;
import org.kdcloudlet.server.instance.PoolStatus;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.storage.DataDirectory;
import org.kdcloudlet.server.storage.Database;
import org.kdcloudlet.server.storage.DatabaseTap;

/** A cloudlet on a fake hypervisor and a real database, that can be closed or killed and opened again. */
public final class TestCloudlet implements AutoCloseable {
    public static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int FIRST_PORT = 20_000;

    public final FakeWorld world = new FakeWorld();
    public final FakeHost host = new FakeHost();
    public final FakeClock clock = new FakeClock();
    public final Path folder;
    private UnaryOperator<Limits> limits = UnaryOperator.identity();
    private DataDirectory directory;
    private FakeHypervisor hypervisor;
    private Database database;
    private Domain domain;

    /** What tests set differently from the defaults. */
    public record Limits(
            int instances, int perService, int ports, Duration startDeadline, Duration idle, int versions) {}

    public TestCloudlet(Path folder) {
        this.folder = folder;
    }

    /** A cloudlet that was opened. */
    public static TestCloudlet open(Path folder) {
        return new TestCloudlet(folder).open();
    }

    public TestCloudlet limits(UnaryOperator<Limits> newLimits) {
        limits = newLimits;
        return this;
    }

    public TestCloudlet open() {
        return open(world.hypervisor());
    }

    public TestCloudlet open(FakeHypervisor newHypervisor) {
        return open(newHypervisor, statement -> {});
    }

    /**
     * @param tap is told of each statement before the database executes it
     */
    public TestCloudlet open(FakeHypervisor newHypervisor, Consumer<String> tap) {
        hypervisor = newHypervisor;
        directory = DataDirectory.open(folder.resolve("data"));
        database = Database.open(directory.database());
        DatabaseTap.attach(database, tap);
        Limits set = limits.apply(new Limits(100, 50, 1000, PATIENCE, Duration.ofMinutes(30), 3));
        CatalogSettings defaults = CatalogSettings.defaults();
        domain = Domain.open(
                database,
                directory,
                hypervisor,
                host,
                () -> new Domain.Settings(
                        new CatalogSettings(
                                set.versions(),
                                defaults.diskReserveBytes(),
                                defaults.imageLimits(),
                                defaults.importDeadline()),
                        instanceSettings(set),
                        AppSettings.defaults(),
                        new PackageSettings(Optional.of(folder), Optional.of(folder))),
                clock);
        return this;
    }

    private static InstanceSettings instanceSettings(Limits set) {
        HostPorts ports = new HostPorts(InetAddress.getLoopbackAddress(), FIRST_PORT, FIRST_PORT + set.ports() - 1);
        InstanceSettings defaults = InstanceSettings.defaults(ports);
        return new InstanceSettings(
                ports,
                set.instances(),
                set.perService(),
                defaults.memoryReserveBytes(),
                defaults.memoryOvercommit(),
                defaults.diskReserveBytes(),
                set.startDeadline(),
                set.idle(),
                defaults.stopPolicy(),
                defaults.keepFailed(),
                defaults.maxFailed(),
                defaults.maxSnapshots(),
                Duration.ofMillis(20));
    }

    public Domain domain() {
        return domain;
    }

    public DataDirectory directory() {
        return directory;
    }

    public FakeHypervisor hypervisor() {
        return hypervisor;
    }

    public TestCloudlet restart() {
        close();
        return open();
    }

    /** A definition with a port and nothing special, no pool. */
    public static ServiceBuilder service(String serviceId) {
        return ServiceDefinition.builder()
                .serviceId(serviceId)
                .port(Protocol.TCP, 9000)
                .poolSize(0);
    }

    /** Adds a service and gives it an image with a template. */
    public Service serve(ServiceBuilder builder) {
        ServiceDefinition definition = builder.build();
        domain.catalog().add(definition);
        importImage(definition.serviceId(), "image of " + definition.serviceId());
        return domain.catalog().get(definition.serviceId());
    }

    /** Imports an image with this content and waits for the end, whatever it is. */
    public Operation importImage(String serviceId, String content) {
        Operation operation = beginImport(serviceId, content);
        return domain.operations().await(operation.id(), PATIENCE);
    }

    public Operation beginImport(String serviceId, String content) {
        return domain.images().importImage(serviceId, new ImageSource(InputFile.kept(file(content)), Optional.empty()));
    }

    /** A file with this content. */
    public Path file(String content) {
        try {
            return Files.writeString(Files.createTempFile(folder, "source", ".img"), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Instance start(String serviceId) {
        return domain.instances().start(serviceId, false);
    }

    public Instance join(String serviceId) {
        return domain.instances().start(serviceId, true);
    }

    /** Waits until all pools are full. */
    public void awaitPools() {
        Awaitility.await().atMost(PATIENCE).until(() -> domain.instances().pools().stream()
                .allMatch(pool -> pool.ready() == pool.wanted()));
    }

    public List<PoolStatus> pools() {
        return domain.instances().pools();
    }

    public List<UUID> machines() {
        return world.running();
    }

    /**
     * Lets go of everything as the death of the process does. The caller sees to it that no call of the hypervisor and no
     * statement gets through any more; so what the closing tries to do has no effect.
     */
    public void die() {
        hypervisor.close();
        try {
            if (domain != null) {
                domain.close();
            }
        } catch (FakeCrash dead) {
            database.close();
        }
        directory.close();
        domain = null;
    }

    @Override
    public void close() {
        if (domain != null) {
            domain.close();
            hypervisor.close();
            directory.close();
            domain = null;
        }
    }
}
