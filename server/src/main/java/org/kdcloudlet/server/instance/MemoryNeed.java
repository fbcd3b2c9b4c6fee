package org.kdcloudlet.server.instance;

import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.server.catalog.StartSource;

/**
 * What a machine takes of the host's memory. A clone shares what it does not change with its template: measured were 31 MiB
 * of a guest of 256 MiB, so an eighth of its RAM and 48 MiB are expected. A guest that was booted or woken may touch all
 * of its RAM, and its process takes 64 MiB besides.
 *
 * @param promised the guest's RAM in bytes: what it may take at most
 * @param expected bytes that it will take soon
 */
record MemoryNeed(long promised, long expected) {
    private static final long MIB = 1L << 20;
    private static final long CLONE_OVERHEAD = 48 * MIB;
    private static final long CLONE_SHARE = 8;
    private static final long BOOT_OVERHEAD = 64 * MIB;

    /** Of a start: a clone if there is a template, else a boot. */
    static MemoryNeed of(StartSource source) {
        MachineSpec spec = source.service().definition().machine();
        long ram = spec.memoryMib() * MIB;
        return source.template().isPresent() ? new MemoryNeed(ram, ram / CLONE_SHARE + CLONE_OVERHEAD) : whole(spec);
    }

    /** Of a machine that shares nothing. */
    static MemoryNeed whole(MachineSpec spec) {
        long ram = spec.memoryMib() * MIB;
        return new MemoryNeed(ram, ram + BOOT_OVERHEAD);
    }
}
