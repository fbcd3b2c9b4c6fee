package org.kdcloudlet.hypervisor.qemu;

import org.kdcloudlet.hypervisor.Accelerator;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.qemu.host.AcceleratorChoice;
import org.kdcloudlet.hypervisor.qemu.host.QemuInstallation;
import org.kdcloudlet.hypervisor.qemu.host.SystemdScopes;

/**
 * What machines run on here.
 *
 * @param installation the programs
 * @param choice the accelerator that was proven to work
 * @param scopes control groups of machines
 */
public record QemuPlatform(QemuInstallation installation, AcceleratorChoice choice, SystemdScopes scopes) {
    Accelerator accelerator() {
        return choice.accelerator();
    }

    /** The versioned machine type of a device set. */
    String machineType(DeviceSet deviceSet) {
        return switch (deviceSet) {
            case VIRTIO -> installation.q35Machine();
            case LEGACY -> installation.pcMachine();
        };
    }

    /** The CPU that guests see: the host's own, or all that the translator knows. */
    String cpuModel() {
        return switch (accelerator()) {
            case KVM -> "host";
            case TCG -> "max";
        };
    }

    /** QEMU's name of the accelerator. */
    String acceleratorName() {
        return switch (accelerator()) {
            case KVM -> "kvm";
            case TCG -> "tcg";
        };
    }
}
