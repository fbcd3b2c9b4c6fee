package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;

/** What all boots have in common: from a user and a folder of the machine's own to a machine that runs. Leaves nothing if it fails. */
final class ColdBoot {
    private static final Duration CONTINUE_DEADLINE = Duration.ofSeconds(10);

    private final QemuContext context;
    private final PrepareMachine prepare;

    /**
     * How a machine is booted.
     *
     * @param start what QEMU is told; a machine that is {@link QemuCommandLine.Start#ATTENDED} outlives its guest
     * @param freezable whether its memory is in a file that a template can be made of
     */
    record Kind(QemuCommandLine.Start start, boolean freezable) {
        private boolean stays() {
            return start == QemuCommandLine.Start.ATTENDED;
        }

        private MemoryBacking memory() {
            return freezable ? MemoryBacking.own() : MemoryBacking.anonymous();
        }
    }

    /** Brings what a machine reads into its folder, before that is handed over. */
    interface Media {
        /** @return the disks that QEMU finds there; the overlay is not made yet */
        Disks bring(MachineFolder folder, Optional<UnprivilegedUser> user) throws IOException;
    }

    ColdBoot(QemuContext context) {
        this.context = context;
        this.prepare = new PrepareMachine(context);
    }

    QemuMachine run(MachineRequest request, Kind kind, Media media) {
        try (Reverter undo = new Reverter()) {
            Optional<UnprivilegedUser> user = context.accounts().takeUnused();
            undo.add("give back user of machine " + request.id(), () -> context.accounts()
                    .release(user));
            MachineFolder folder = prepare.folder(request, user, undo);
            Disks disks = media.bring(folder, user);
            prepare.overlay(folder.run(MachineFolder.DISK), disks.virtualBytes());
            MachineAccounts.give(folder.run(MachineFolder.DISK), user);
            prepare.freshVariables(request, folder, user);
            folder.handOver(user);

            List<String> arguments =
                    QemuCommandLine.of(context.platform(), request, disks, kind.memory(), kind.start());
            QemuLauncher.Launch launch = QemuLauncher.Launch.booting(
                    request.id(), folder, arguments, QemuLauncher.maxFileBytes(request.spec(), disks), user);
            RunningQemu qemu = context.launcher().start(launch, request.spec().deviceSet(), undo);
            if (kind.stays()) {
                qemu.watch().stays();
            }
            List<PortForward> forwards =
                    context.ports().forward(qemu.qmp(), request.ports(), request.hostPorts(), undo);
            qemu.qmp().execute("cont", CONTINUE_DEADLINE);
            MachineRecord running =
                    MachineRecord.running(request, user, kind.freezable(), Optional.empty(), GuestTools.UNKNOWN, disks);
            MachineRecord record = kind.stays() ? running.asStaying() : running;
            folder.write(record);
            QemuMachine machine = new QemuMachine(context, qemu, record, forwards).admit();
            undo.commit();
            return machine;
        } catch (IOException e) {
            throw Failures.of("Could not boot machine " + request.id(), e);
        }
    }
}
