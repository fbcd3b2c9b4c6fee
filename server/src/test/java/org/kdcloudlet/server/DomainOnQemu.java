package org.kdcloudlet.server;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.OptionalInt;
import org.kdcloudlet.hypervisor.Accelerator;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.qemu.QemuHypervisor;
import org.kdcloudlet.hypervisor.qemu.QemuPlatform;
import org.kdcloudlet.hypervisor.qemu.QemuSettings;
import org.kdcloudlet.hypervisor.qemu.disk.QemuDiskImages;
import org.kdcloudlet.hypervisor.qemu.host.AcceleratorChoice;
import org.kdcloudlet.hypervisor.qemu.host.ProgramSearch;
import org.kdcloudlet.hypervisor.qemu.host.QemuInstallation;
import org.kdcloudlet.hypervisor.qemu.host.SystemdScopes;
import org.kdcloudlet.server.app.AppSettings;
import org.kdcloudlet.server.catalog.CatalogSettings;
import org.kdcloudlet.server.catalog.PackageSettings;
import org.kdcloudlet.server.host.LinuxHostResources;
import org.kdcloudlet.server.instance.Instance;
import org.kdcloudlet.server.instance.InstanceSettings;
import org.kdcloudlet.server.storage.DataDirectory;

/** The domain on real machines, which translate. It can be let go of and opened again over those that run. */
public final class DomainOnQemu implements AutoCloseable {
    private final Path folder;
    private DataDirectory directory;
    private QemuHypervisor hypervisor;
    private Domain domain;

    /** Opens it on {@code data} in a folder, which is that of imports and exports too. */
    public DomainOnQemu(Path folder) {
        this.folder = folder;
        open();
    }

    /** What an earlier one left is taken over. */
    public void open() {
        directory = DataDirectory.open(folder.resolve("data"));
        QemuInstallation installation = QemuInstallation.find(ProgramSearch.ofEnvironment());
        QemuPlatform platform = new QemuPlatform(
                installation,
                new AcceleratorChoice(Accelerator.TCG, "Tests use TCG.", OptionalInt.empty()),
                SystemdScopes.none("tests use none"));
        hypervisor =
                QemuHypervisor.open(QemuSettings.of(directory.machines()), platform, new QemuDiskImages(installation));
        HostPorts ports = new HostPorts(InetAddress.getLoopbackAddress(), 24_000, 24_999);
        domain = Domain.open(
                directory,
                hypervisor,
                new LinuxHostResources(directory.root()),
                new Domain.Settings(
                        CatalogSettings.defaults(),
                        InstanceSettings.defaults(ports),
                        AppSettings.defaults(),
                        new PackageSettings(Optional.of(folder), Optional.of(folder))),
                Clock.tickMillis(ZoneOffset.UTC));
    }

    /** Its machines run on. */
    public void letGo() {
        domain.close();
        hypervisor.close();
        directory.close();
    }

    public Domain domain() {
        return domain;
    }

    public QemuHypervisor hypervisor() {
        return hypervisor;
    }

    public DataDirectory directory() {
        return directory;
    }

    /** Ends all that runs, too. */
    @Override
    public void close() {
        for (Instance instance : domain.instances().list()) {
            domain.instances().remove(instance.id());
        }
        domain.catalog().list().forEach(service -> domain.catalog().delete(service.serviceId(), true));
        letGo();
    }
}
