package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.kdcloudlet.hypervisor.Adoption;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.qemu.probe.UserNetworkConnections;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what an earlier server left: takes over the machines that run and answer, reports those that are gone, and removes what was
 * never finished. Which process belongs to which machine shows from its working directory.
 */
final class AdoptMachines {
    private static final Logger LOG = LoggerFactory.getLogger(AdoptMachines.class);
    private static final Duration ANSWER_DEADLINE = Duration.ofSeconds(20);
    private static final Duration KILL_DEADLINE = Duration.ofSeconds(10);

    private final QemuContext context;
    private final List<Machine> running = new ArrayList<>();
    private final List<Adoption.Lost> lost = new ArrayList<>();

    AdoptMachines(QemuContext context) {
        this.context = context;
    }

    Adoption run() {
        Map<Path, QemuProcess> processes = QemuProcess.byWorkingDirectory();
        for (MachineFolder folder : context.folder().machines()) {
            Optional<QemuProcess> process = Optional.ofNullable(processes.remove(folder.run()));
            try {
                look(folder, process);
            } catch (IOException e) {
                LOG.error("{} is left alone: {}", folder.path(), e.getMessage());
            }
        }
        processes.forEach((folder, process) -> {
            if (folder.startsWith(context.folder().path())) {
                LOG.warn("Process {} belongs to a machine that is gone; it is ended", process.pid());
                end(process);
            }
        });
        return new Adoption(running, lost);
    }

    private void look(MachineFolder folder, Optional<QemuProcess> process) throws IOException {
        Optional<MachineRecord> record = folder.read();
        if (record.isEmpty()) {
            LOG.warn("{} is of a machine that was not finished; it is removed", folder.path());
            process.ifPresent(AdoptMachines::end);
            folder.remove();
        } else if (record.get().asleep()) {
            process.ifPresent(AdoptMachines::end);
            context.accounts().take(record.get().user());
        } else {
            takeOver(folder, record.get(), process);
        }
    }

    private void takeOver(MachineFolder folder, MachineRecord record, Optional<QemuProcess> process)
            throws IOException {
        MachineRequest request = record.request();
        if (process.isEmpty()) {
            lose(folder, request, "QEMU ended while no server watched");
            return;
        }
        context.accounts().take(record.user());
        try (Reverter undo = new Reverter()) {
            undo.add("give back user of machine " + request.id(), () -> context.accounts()
                    .release(record.user()));
            running.add(connect(folder, record, process.get(), undo));
            undo.commit();
            LOG.info(
                    "Machine {} is taken over (process {})",
                    request.id(),
                    process.get().pid());
        } catch (HypervisorException e) {
            end(process.get());
            lose(folder, request, "QEMU could not be taken over: " + e.getMessage());
        }
    }

    private QemuMachine connect(MachineFolder folder, MachineRecord record, QemuProcess process, Reverter undo) {
        Deadline deadline = Deadline.in(ANSWER_DEADLINE);
        MachineRequest request = record.request();
        MachineWatch watch = new MachineWatch(request.id(), true);
        RunningQemu qemu = context.launcher()
                .connect(request.id(), folder, process, watch, request.spec().deviceSet(), false, deadline, undo);
        String uuid = qemu.qmp()
                .execute("query-uuid", deadline.remaining())
                .path("UUID")
                .asText();
        if (!uuid.equals(request.id().toString())) {
            throw new HypervisorException(
                    HypervisorError.FAILED, "It says that it is machine " + UUID.fromString(uuid));
        }
        watch.cpusRun(qemu.qmp()
                .execute("query-status", deadline.remaining())
                .path("running")
                .asBoolean());
        List<PortForward> forwards = forwards(request, qemu.network(deadline));
        context.ports().use(forwards);
        return new QemuMachine(context, qemu, record, forwards).admit();
    }

    /** QEMU knows which ports it forwards; the address is that of the request. */
    private static List<PortForward> forwards(MachineRequest request, UserNetworkConnections network) {
        List<PortForward> forwards = new ArrayList<>();
        for (GuestPort port : request.ports()) {
            int hostPort = network.hostForwards().stream()
                    .filter(forward -> forward.guest().equals(port))
                    .findFirst()
                    .orElseThrow(() -> new HypervisorException(HypervisorError.FAILED, "It does not forward " + port))
                    .hostPort();
            forwards.add(new PortForward(port, request.hostPorts().address(), hostPort));
        }
        return forwards;
    }

    private void lose(MachineFolder folder, MachineRequest request, String reason) throws IOException {
        String log = folder.logTail();
        folder.remove();
        lost.add(new Adoption.Lost(request, new MachineExit(false, reason, log)));
        LOG.warn("Machine {} is lost: {}", request.id(), reason);
    }

    private static void end(QemuProcess process) {
        process.kill();
        if (!process.awaitEnd(KILL_DEADLINE)) {
            throw new HypervisorException(HypervisorError.TIMEOUT, "Process " + process.pid() + " does not end");
        }
    }
}
