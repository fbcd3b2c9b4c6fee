package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.kdcloudlet.hypervisor.MachineUsage;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;

/** Asks the kernel and QEMU what a machine uses. */
final class MeasureUsage {
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final Set<String> PRIVATE = Set.of("Private_Clean:", "Private_Dirty:", "Private_Hugetlb:", "Swap:");

    private final RunningQemu qemu;

    MeasureUsage(RunningQemu qemu) {
        this.qemu = qemu;
    }

    MachineUsage run() {
        try {
            return new MachineUsage(
                    privateBytes(),
                    qemu.process().cpuTime(),
                    FileTree.ownBytes(qemu.folder().path()),
                    qemu.network(Deadline.in(DEADLINE)).open());
        } catch (IOException e) {
            throw Failures.of("Could not measure what QEMU uses", e);
        }
    }

    /** The sum of what no other process has mapped (Linux, proc_pid_smaps). */
    private long privateBytes() throws IOException {
        Path file = Path.of("/proc", Long.toString(qemu.process().pid()), "smaps_rollup");
        return Files.readAllLines(file).stream()
                .map(line -> line.trim().split("\\s+"))
                .filter(fields -> PRIVATE.contains(fields[0]))
                .mapToLong(fields -> Long.parseLong(fields[1]) << 10)
                .sum();
    }
}
