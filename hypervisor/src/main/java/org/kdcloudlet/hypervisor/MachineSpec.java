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
    public static final int LEAST_MEMORY_MIB = 16;
    public static final int MOST_MEMORY_MIB = 1_048_576;
    public static final int MOST_CPUS = 64;

    public MachineSpec {
        if (memoryMib < LEAST_MEMORY_MIB || memoryMib > MOST_MEMORY_MIB) {
            throw new IllegalArgumentException(
                    "memoryMib must be " + LEAST_MEMORY_MIB + " to " + MOST_MEMORY_MIB + ": " + memoryMib);
        }
        if (cpus < 1 || cpus > MOST_CPUS) {
            throw new IllegalArgumentException("cpus must be 1 to " + MOST_CPUS + ": " + cpus);
        }
        Objects.requireNonNull(osFamily, "osFamily");
        Objects.requireNonNull(firmware, "firmware");
        Objects.requireNonNull(deviceSet, "deviceSet");
    }
}
