package org.kdcloudlet.hypervisor.qemu;

import java.nio.file.Path;
import java.util.List;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;

/** Starts a QEMU that takes over a saved state, and forwards its ports. Its CPUs stand still afterwards. */
final class TakeOverState {
    private final QemuContext context;

    TakeOverState(QemuContext context) {
        this.context = context;
    }

    /**
     * What is taken over, and where.
     *
     * @param record as it will be noted down when the machine runs
     * @param memory where the guest's memory is
     * @param state the saved state
     * @param memoryInState whether the state has the memory too
     * @param lastPorts host ports to be used again where they can be, in the order of the guest's; empty if there are none
     */
    record Source(
            MachineFolder folder,
            MachineRecord record,
            MemoryBacking memory,
            Path state,
            boolean memoryInState,
            List<Integer> lastPorts) {}

    /** A machine that has taken over, and is not one of the hypervisor's yet. */
    record Result(RunningQemu qemu, List<PortForward> forwards) {}

    Result run(Source source, Reverter undo) {
        MachineRecord record = source.record();
        MachineRequest request = record.request();
        List<String> arguments = QemuCommandLine.of(
                context.platform(), request, record.disks(), source.memory(), QemuCommandLine.Start.INCOMING);
        QemuLauncher.Launch launch = QemuLauncher.Launch.takingOver(
                request.id(),
                source.folder(),
                arguments,
                source.state(),
                QemuLauncher.maxFileBytes(request.spec(), record.disks()),
                record.user());
        RunningQemu qemu = context.launcher().start(launch, request.spec().deviceSet(), undo);
        List<PortForward> forwards =
                context.ports().forward(qemu.qmp(), request.ports(), request.hostPorts(), source.lastPorts(), undo);
        Deadline deadline = SavedState.deadline(request.spec().memoryMib());
        SavedState.load(qemu.qmp(), source.memoryInState(), deadline);
        return new Result(qemu, forwards);
    }
}
