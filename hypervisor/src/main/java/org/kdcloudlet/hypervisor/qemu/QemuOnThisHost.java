package org.kdcloudlet.hypervisor.qemu;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.kdcloudlet.hypervisor.Accelerator;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.qemu.disk.QemuDiskImages;
import org.kdcloudlet.hypervisor.qemu.host.AcceleratorChoice;
import org.kdcloudlet.hypervisor.qemu.host.KvmProof;
import org.kdcloudlet.hypervisor.qemu.host.ProgramSearch;
import org.kdcloudlet.hypervisor.qemu.host.QemuInstallation;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;

/** The way to the hypervisor on the QEMU that is installed on this host. */
public final class QemuOnThisHost {
    private QemuOnThisHost() {}

    /**
     * Finds QEMU, decides about acceleration (which takes some seconds once after each boot of a host with KVM), and takes the folder.
     *
     * @param folder of the hypervisor; images have to be on the same file system
     * @param configured the accelerator that the operator insists on; empty to use KVM only when it was proven
     * @throws org.kdcloudlet.hypervisor.HypervisorException UNAVAILABLE when QEMU is missing or too old, or the folder cannot be used
     */
    public static Hypervisor open(Path folder, Optional<Accelerator> configured) {
        QemuInstallation installation = QemuInstallation.find(ProgramSearch.ofEnvironment());
        QemuSettings settings = QemuSettings.of(folder);
        Optional<UnprivilegedUser> user = MachineAccounts.canSwitchUser()
                ? Optional.of(new UnprivilegedUser(settings.firstUid(), settings.firstUid()))
                : Optional.empty();
        AcceleratorChoice choice = configured
                .map(QemuOnThisHost::asConfigured)
                .orElseGet(() -> new KvmProof(installation, folder, user).choose());
        return QemuHypervisor.open(settings, new QemuPlatform(installation, choice), new QemuDiskImages(installation));
    }

    private static AcceleratorChoice asConfigured(Accelerator accelerator) {
        return new AcceleratorChoice(accelerator, "The configuration says so.", OptionalInt.empty());
    }
}
