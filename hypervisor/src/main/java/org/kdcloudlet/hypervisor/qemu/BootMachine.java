package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;

/** Boots a machine from an image, with memory of its own or with memory in a file that a template can be made of. */
final class BootMachine {
    private final QemuContext context;
    private final PrepareMachine prepare;

    BootMachine(QemuContext context) {
        this.context = context;
        this.prepare = new PrepareMachine(context);
    }

    QemuMachine run(MachineRequest request, DiskImage image, boolean freezable) {
        if (freezable) {
            context.folder().requireSpaceForMemory(request.spec(), "a template of this machine");
        }
        try (Reverter undo = new Reverter()) {
            Optional<UnprivilegedUser> user = context.accounts().takeUnused();
            undo.add("give back user of machine " + request.id(), () -> context.accounts()
                    .release(user));
            MachineFolder folder = prepare.folder(request, user, undo);
            PrepareMachine.link(image.file(), folder.run(MachineFolder.IMAGE));
            prepare.overlay(folder.run(MachineFolder.DISK), image.virtualBytes());
            MachineAccounts.give(folder.run(MachineFolder.DISK), user);
            prepare.freshVariables(request, folder, user);
            if (freezable) {
                PrepareMachine.link(image.file(), folder.imageToKeep());
            }
            folder.handOver(user);

            Disks disks = Disks.on(image);
            MemoryBacking memory = freezable ? MemoryBacking.own() : MemoryBacking.anonymous();
            List<String> arguments =
                    QemuCommandLine.of(context.platform(), request, disks, memory, QemuCommandLine.Start.BOOT);
            QemuLauncher.Launch launch = QemuLauncher.Launch.booting(
                    request.id(), folder, arguments, QemuLauncher.maxFileBytes(request.spec(), disks), user);
            RunningQemu qemu = context.launcher().start(launch, request.spec().deviceSet(), undo);
            List<PortForward> forwards =
                    context.ports().forward(qemu.qmp(), request.ports(), request.hostPorts(), undo);

            MachineRecord record =
                    MachineRecord.running(request, user, freezable, Optional.empty(), GuestTools.UNKNOWN, disks);
            folder.write(record);
            QemuMachine machine = new QemuMachine(context, qemu, record, forwards).admit();
            undo.commit();
            return machine;
        } catch (IOException e) {
            throw Failures.of("Could not boot machine " + request.id(), e);
        }
    }
}
