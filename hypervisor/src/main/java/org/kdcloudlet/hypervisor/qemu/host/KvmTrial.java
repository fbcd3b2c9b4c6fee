package org.kdcloudlet.hypervisor.qemu.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import org.kdcloudlet.hypervisor.Accelerator;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Reverter;

/**
 * Runs {@link ProofGuest} on TCG and on KVM, one after the other on the same host under the same load, and compares. A KVM that
 * runs it right but too slowly gets three more rounds: what else the host does can make one run slow, but hardly four in a row.
 */
final class KvmTrial {
    /** KVM without help from the hardware below can be slower than TCG by a factor of thirty; one that works is faster. */
    private static final double SLOWEST_RATIO = 2;

    private static final int ROUNDS = 4;
    private static final Duration TCG_DEADLINE = Duration.ofSeconds(60);
    private static final Duration SHORTEST_KVM_DEADLINE = Duration.ofSeconds(2);

    private final QemuInstallation installation;
    private final Optional<UnprivilegedUser> user;
    private final OptionalInt group;
    private final LongSupplier clock;

    /**
     * @param user whom machines run as; empty for this process's own user
     * @param group supplementary group that opens /dev/kvm
     * @param clock tells nanoseconds, as {@link System#nanoTime()} does
     */
    KvmTrial(QemuInstallation installation, Optional<UnprivilegedUser> user, OptionalInt group, LongSupplier clock) {
        this.installation = installation;
        this.user = user;
        this.group = group;
        this.clock = clock;
    }

    /** What came out, and why as one sentence. */
    record Result(boolean proven, String reason) {}

    /** One run that the guest ended by itself. */
    private record Run(boolean right, Duration time, String complaint) {}

    Result run() {
        try (Reverter undo = new Reverter()) {
            Path folder = Files.createTempDirectory("kvm-proof");
            undo.add("remove " + folder, () -> Files.delete(folder));
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
            Path disk = folder.resolve("boot-sector");
            undo.add("remove " + disk, () -> Files.deleteIfExists(disk));
            Files.write(disk, ProofGuest.bootSector());
            Files.setPosixFilePermissions(disk, PosixFilePermissions.fromString("r--r--r--"));
            // Not committed: the folder is needed no longer than this.
            return compare(disk);
        } catch (IOException failure) {
            throw new HypervisorException(
                    HypervisorError.FAILED,
                    "Cannot write the guest that proves KVM: " + failure.getMessage() + ".",
                    failure);
        }
    }

    private Result compare(Path disk) {
        Result result = new Result(false, "KVM was not tried.");
        for (int round = 0; round < ROUNDS; round++) {
            Run tcg = runGuest(disk, Accelerator.TCG, TCG_DEADLINE);
            if (!tcg.right()) {
                throw new HypervisorException(
                        HypervisorError.UNAVAILABLE, "QEMU cannot run even a small guest: " + tcg.complaint() + ".");
            }
            Duration limit = Duration.ofNanos((long) (tcg.time().toNanos() * SLOWEST_RATIO));
            Duration deadline = limit.compareTo(SHORTEST_KVM_DEADLINE) < 0 ? SHORTEST_KVM_DEADLINE : limit;
            Run kvm;
            try {
                kvm = runGuest(disk, Accelerator.KVM, deadline);
            } catch (HypervisorException failure) {
                if (failure.error() != HypervisorError.TIMEOUT) {
                    throw failure;
                }
                return new Result(
                        false,
                        "KVM does not run guests here: a small one hung for " + seconds(deadline) + " that takes "
                                + seconds(tcg.time()) + " on TCG.");
            }
            if (!kvm.right()) {
                return new Result(false, "KVM does not run guests here: a small one failed (" + kvm.complaint() + ").");
            }
            String times =
                    "a small guest took " + seconds(kvm.time()) + " on KVM and " + seconds(tcg.time()) + " on TCG.";
            if (kvm.time().compareTo(limit) < 0) {
                return new Result(true, "KVM was proven: " + times);
            }
            result = new Result(false, "KVM is too slow here: " + times);
        }
        return result;
    }

    private Run runGuest(Path disk, Accelerator accelerator, Duration deadline) {
        long start = clock.getAsLong();
        ToolRun.Result result = ToolRun.run(command(disk, accelerator), deadline);
        Duration time = Duration.ofNanos(clock.getAsLong() - start);
        String complaint = result.status() == ProofGuest.EXIT_STATUS_WRONG
                ? "it read back other memory than it wrote"
                : result.errors().isBlank()
                        ? "QEMU ended with status " + result.status()
                        : result.errors().strip().lines().findFirst().orElseThrow();
        return new Run(result.status() == ProofGuest.EXIT_STATUS_RIGHT, time, complaint);
    }

    private List<String> command(Path disk, Accelerator accelerator) {
        List<String> command = new ArrayList<>();
        user.ifPresent(someone -> command.addAll(someone.command(installation.tool("setpriv"), group)));
        command.add(installation.system().toString());
        command.addAll(List.of("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-m", "32"));
        command.addAll(List.of(
                "-machine",
                installation.pcMachine(),
                "-accel",
                accelerator.name().toLowerCase(Locale.ROOT)));
        command.addAll(List.of("-drive", "if=floppy,format=raw,readonly=on,file=" + disk, "-boot", "a"));
        command.addAll(List.of(
                "-device", "isa-debug-exit,iobase=0x" + Integer.toHexString(ProofGuest.EXIT_PORT) + ",iosize=4"));
        command.addAll(List.of("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"));
        return command;
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.2f s", time.toNanos() / 1e9);
    }
}
