package org.kdcloudlet.hypervisor;

import java.util.Objects;

/**
 * The hardware that a guest sees.
 *
 * @param memoryMib RAM in MiB, 16 to 1,048,576
 * @param cpus number of virtual CPUs, 1 to 64
 * @param osFamily decides the network card of the legacy device set and how time is kept
 */
public record MachineSpec(int memoryMib, int cpus, OsFamily osFamily, Firmware firmware, DeviceSet deviceSet) {
    public MachineSpec {
        if (memoryMib < 16 || memoryMib > 1_048_576) {
            throw new IllegalArgumentException("memoryMib must be 16 to 1048576: " + memoryMib);
        }
        if (cpus < 1 || cpus > 64) {
            throw new IllegalArgumentException("cpus must be 1 to 64: " + cpus);
        }
        Objects.requireNonNull(osFamily, "osFamily");
        Objects.requireNonNull(firmware, "firmware");
        Objects.requireNonNull(deviceSet, "deviceSet");
    }
}
