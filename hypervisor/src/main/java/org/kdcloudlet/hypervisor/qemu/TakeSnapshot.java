package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.time.Instant;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineSnapshot;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;

/**
 * Copies a machine's memory, devices and disk while its CPUs stand still. Once QEMU has sent the state it has written everything to the
 * disk's file and leaves it alone until the machine goes on, so the copies belong together.
 */
final class TakeSnapshot {
    private final QemuContext context;
    private final QemuMachine machine;

    TakeSnapshot(QemuContext context, QemuMachine machine) {
        this.context = context;
        this.machine = machine;
    }

    MachineSnapshot run(String name, Progress progress) {
        if (machine.record().freezable() || machine.record().stays()) {
            throw new HypervisorException(
                    HypervisorError.WRONG_STATE,
                    "Machine " + machine.id()
                            + " is to become a template or an image and cannot be kept as a snapshot");
        }
        MachineFolder folder = machine.qemu().folder();
        try (Reverter undo = new Reverter();
                FileChannel disk = folder.openMadeByQemu(MachineFolder.DISK)) {
            long memory = (long) machine.request().spec().memoryMib() << 20;
            context.folder().requireSpace(memory + disk.size(), "a snapshot of machine " + machine.id());
            SnapshotFolder snapshot = folder.snapshot(name);
            snapshot.create();
            undo.add("remove snapshot " + name + " of machine " + machine.id(), snapshot::remove);
            boolean ran = MachineHalt.halt(machine, undo);
            Instant taken = Instant.now();
            fill(snapshot, disk, memory, progress);
            snapshot.finish(taken);
            MachineHalt.goOn(machine.qemu().qmp(), folder);
            undo.commit();
            if (ran) {
                machine.correctTime();
            }
            return snapshot.read().orElseThrow(() -> new IOException("The snapshot is gone as soon as it was taken"));
        } catch (IOException e) {
            throw Failures.of("Could not take a snapshot of machine " + machine.id(), e);
        }
    }

    private void fill(SnapshotFolder snapshot, FileChannel disk, long memory, Progress progress) throws IOException {
        RunningQemu qemu = machine.qemu();
        SavedState.save(
                qemu,
                machine.record().user(),
                machine.request().spec().memoryMib(),
                true,
                snapshot.state(),
                context.executor(),
                saved -> report(progress, Math.min(saved, memory), memory, disk));
        SnapshotFolder.copy(disk, snapshot.disk(), copied -> report(progress, memory + copied, memory, disk));
        if (Files.exists(qemu.folder().run(MachineFolder.VARIABLES))) {
            try (FileChannel variables = qemu.folder().openMadeByQemu(MachineFolder.VARIABLES)) {
                SnapshotFolder.copy(variables, snapshot.variables(), copied -> {});
            }
        }
    }

    private static void report(Progress progress, long done, long memory, FileChannel disk) {
        try {
            progress.report(done, memory + disk.size());
        } catch (IOException e) {
            throw Failures.of("Could not read the disk of a machine", e);
        }
    }
}
