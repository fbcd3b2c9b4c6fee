package org.kdcloudlet.hypervisor.qemu;

import org.kdcloudlet.hypervisor.Accelerator;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.qemu.host.AcceleratorChoice;
import org.kdcloudlet.hypervisor.qemu.host.QemuInstallation;

/**
 * What machines run on here.
 *
 * @param installation the programs
 * @param choice the accelerator that was proven to work
 */
public record QemuPlatform(QemuInstallation installation, AcceleratorChoice choice) {
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
