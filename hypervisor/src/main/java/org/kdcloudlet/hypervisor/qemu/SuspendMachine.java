package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.SuspendedMachine;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;

/** Writes a machine's memory and devices to its folder and ends it. If that fails, for want of space, it runs on. */
final class SuspendMachine {
    private static final Duration END_DEADLINE = Duration.ofSeconds(30);

    private final QemuContext context;
    private final QemuMachine machine;

    SuspendMachine(QemuContext context, QemuMachine machine) {
        this.context = context;
        this.machine = machine;
    }

    SuspendedMachine run() {
        RunningQemu qemu = machine.qemu();
        MachineFolder folder = qemu.folder();
        if (machine.record().freezable()) {
            throw new HypervisorException(
                    HypervisorError.WRONG_STATE,
                    "Machine " + machine.id() + " is to become a template and cannot be suspended");
        }
        context.folder().requireSpaceForMemory(machine.request().spec(), "suspending machine " + machine.id());
        try (Reverter undo = new Reverter()) {
            MachineHalt.halt(machine, undo);
            Files.deleteIfExists(folder.savedState());
            undo.add("remove state of machine " + machine.id(), () -> Files.deleteIfExists(folder.savedState()));
            SavedState.save(
                    qemu,
                    machine.record().user(),
                    machine.request().spec().memoryMib(),
                    true,
                    folder.savedState(),
                    context.executor(),
                    saved -> {});
            syncDisk(folder);
            FileTree.sync(folder.savedState());
            MachineRecord asleep = machine.record().asSuspended(Instant.now(), machine.forwards());
            context.accounts().take(asleep.user());
            undo.add("give back user of machine " + machine.id(), () -> context.accounts()
                    .release(asleep.user()));
            folder.writeDurably(asleep);
            undo.commit();
            end();
            MachineHalt.end(folder);
            return describe(folder, asleep);
        } catch (IOException e) {
            throw Failures.of("Could not suspend machine " + machine.id(), e);
        }
    }

    /** What describes a suspended machine to the outside. */
    static SuspendedMachine describe(MachineFolder folder, MachineRecord record) throws IOException {
        return new SuspendedMachine(
                record.request(), Instant.ofEpochMilli(record.suspendedAt()), FileTree.ownBytes(folder.path()));
    }

    /** QEMU has written everything to the file when the migration is complete, but not to the disk. */
    private static void syncDisk(MachineFolder folder) throws IOException {
        try (FileChannel disk = folder.openMadeByQemu(MachineFolder.DISK)) {
            disk.force(true);
        }
    }

    private void end() {
        machine.planEnd(new MachineEnd.Planned("Suspended", true));
        machine.qemu().process().kill();
        if (!machine.awaitEnd(END_DEADLINE)) {
            throw new HypervisorException(HypervisorError.TIMEOUT, "QEMU does not end after its state was saved");
        }
    }
}
