package org.kdcloudlet.hypervisor.qemu;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.kdcloudlet.hypervisor.Accelerator;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.qemu.disk.QemuDiskImages;
import org.kdcloudlet.hypervisor.qemu.host.AcceleratorChoice;
import org.kdcloudlet.hypervisor.qemu.host.KvmProof;
import org.kdcloudlet.hypervisor.qemu.host.ProgramSearch;
import org.kdcloudlet.hypervisor.qemu.host.QemuInstallation;
import org.kdcloudlet.hypervisor.qemu.host.SystemdScopes;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;

/** The way to the hypervisor on the QEMU that is installed on this host. */
public final class QemuOnThisHost {
    private QemuOnThisHost() {}

    /**
     * Finds QEMU, decides about acceleration (which takes some seconds once after each boot of a host with KVM), and takes the folder.
     *
     * @param folder of the hypervisor; images have to be on the same file system
     * @param configured the accelerator that the operator insists on; empty to use KVM only when it was proven
     * @throws HypervisorException UNAVAILABLE when QEMU is missing or too old, KVM was configured and does not work, or the folder
     *     cannot be used
     */
    public static Hypervisor open(Path folder, Optional<Accelerator> configured) {
        ProgramSearch programs = ProgramSearch.ofEnvironment();
        QemuInstallation installation = QemuInstallation.find(programs);
        QemuSettings settings = QemuSettings.of(folder);
        Optional<UnprivilegedUser> user = MachineAccounts.canSwitchUser()
                ? Optional.of(new UnprivilegedUser(settings.firstUid(), settings.firstUid()))
                : Optional.empty();
        AcceleratorChoice choice = choose(configured, new KvmProof(installation, folder, user));
        SystemdScopes scopes = SystemdScopes.find(programs, MachineAccounts.canSwitchUser());
        QemuPlatform platform = new QemuPlatform(installation, choice, scopes);
        return QemuHypervisor.open(settings, platform, new QemuDiskImages(installation));
    }

    private static AcceleratorChoice choose(Optional<Accelerator> configured, KvmProof proof) {
        if (configured.equals(Optional.of(Accelerator.TCG))) {
            return new AcceleratorChoice(Accelerator.TCG, "The configuration says so.", OptionalInt.empty());
        }
        AcceleratorChoice proven = proof.choose();
        if (configured.equals(Optional.of(Accelerator.KVM)) && proven.accelerator() != Accelerator.KVM) {
            throw new HypervisorException(
                    HypervisorError.UNAVAILABLE,
                    "The configuration asks for KVM, which does not work here: " + proven.reason());
        }
        return proven;
    }
}
