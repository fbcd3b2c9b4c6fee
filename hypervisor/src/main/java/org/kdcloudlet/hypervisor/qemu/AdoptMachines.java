package org.kdcloudlet.hypervisor.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
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
 * never finished. Each machine is looked at by itself and at the same time as the others: one that lies, hangs or cannot be ended
 * does not keep the others from being taken over.
 */
final class AdoptMachines {
    private static final Logger LOG = LoggerFactory.getLogger(AdoptMachines.class);
    private static final Duration ANSWER_DEADLINE = Duration.ofSeconds(20);
    private static final Duration KILL_DEADLINE = Duration.ofSeconds(10);
    private static final Duration TOTAL_DEADLINE = Duration.ofSeconds(90);

    private final QemuContext context;

    AdoptMachines(QemuContext context) {
        this.context = context;
    }

    /** What became of one folder. */
    private record Finding(Optional<QemuMachine> running, Optional<Adoption.Lost> lost) {
        static final Finding NOTHING = new Finding(Optional.empty(), Optional.empty());
    }

    Adoption run() {
        Map<Path, List<QemuProcess>> processes =
                QemuProcess.below(context.folder().vm(), context.launcher().programs());
        Map<MachineFolder, CompletableFuture<Finding>> looks = new LinkedHashMap<>();
        for (MachineFolder folder : context.folder().machines()) {
            List<QemuProcess> found =
                    Optional.ofNullable(processes.remove(folder.path())).orElse(List.of());
            looks.put(folder, CompletableFuture.supplyAsync(() -> look(folder, found), context.executor()));
        }
        processes.forEach((folder, strays) -> looks.put(
                new MachineFolder(folder), CompletableFuture.supplyAsync(() -> endStrays(strays), context.executor())));
        return collect(looks);
    }

    private static Adoption collect(Map<MachineFolder, CompletableFuture<Finding>> looks) {
        Deadline deadline = Deadline.in(TOTAL_DEADLINE);
        List<Machine> running = new ArrayList<>();
        List<Adoption.Lost> lost = new ArrayList<>();
        looks.forEach((folder, look) -> {
            try {
                Finding finding = deadline.get(look.copy(), "answer");
                finding.running().ifPresent(running::add);
                finding.lost().ifPresent(lost::add);
            } catch (HypervisorException e) {
                LOG.error("{} is left alone: {}", folder.path(), e.getMessage());
                look.thenAccept(late -> late.running().ifPresent(QemuMachine::release));
            }
        });
        return new Adoption(running, lost);
    }

    private Finding look(MachineFolder folder, List<QemuProcess> processes) {
        try {
            Optional<MachineRecord> record = folder.read();
            if (record.isEmpty()) {
                LOG.warn("{} is of a machine that was not finished; it is removed", folder.path());
                end(processes);
                folder.remove();
            } else if (record.get().asleep()) {
                context.accounts().take(record.get().user());
                end(processes);
                folder.removeUnfinishedSnapshots();
                ExchangedDisk.putBack(folder);
                MachineHalt.end(folder);
            } else {
                context.accounts().take(record.get().user());
                return takeOver(folder, record.get(), processes);
            }
        } catch (IOException | RuntimeException e) {
            LOG.error("{} is left alone: {}", folder.path(), e.getMessage());
            keepUser(folder);
        }
        return Finding.NOTHING;
    }

    /** What is left alone may still run, and nobody else may become its user. */
    private void keepUser(MachineFolder folder) {
        try {
            context.accounts().take(folder.user());
        } catch (IOException e) {
            LOG.error("{}: it does not show whose it is: {}", folder.path(), e.getMessage());
        }
    }

    private Finding takeOver(MachineFolder folder, MachineRecord record, List<QemuProcess> processes) {
        List<QemuProcess> own = processes.stream()
                .filter(process -> process.uid().orElse(-1) == record.uid() || record.uid() == 0)
                .toList();
        if (own.isEmpty()) {
            return lose(folder, record, own, "QEMU ended while no server watched");
        }
        if (own.size() > 1) {
            return lose(folder, record, own, own.size() + " processes say that they are its QEMU");
        }
        try (Reverter undo = new Reverter()) {
            QemuMachine machine = connect(folder, record, own.get(0), undo);
            undo.commit();
            LOG.info(
                    "Machine {} is taken over (process {})",
                    machine.id(),
                    own.get(0).pid());
            return new Finding(Optional.of(machine), Optional.empty());
        } catch (RuntimeException e) {
            return lose(folder, record, own, "QEMU could not be taken over: " + e.getMessage());
        }
    }

    private QemuMachine connect(MachineFolder folder, MachineRecord record, QemuProcess process, Reverter undo) {
        Deadline deadline = Deadline.in(ANSWER_DEADLINE);
        MachineRequest request = record.request();
        MachineWatch watch = new MachineWatch(request.id());
        if (record.stays()) {
            watch.stays();
        }
        RunningQemu qemu = context.launcher()
                .connect(request.id(), folder, process, watch, request.spec().deviceSet(), false, deadline, undo);
        String uuid = qemu.qmp()
                .execute("query-uuid", deadline.remaining())
                .path("UUID")
                .asText();
        if (!uuid.equals(request.id().toString())) {
            throw new HypervisorException(HypervisorError.FAILED, "It says that it is another machine");
        }
        if (MachineHalt.endLeftover(qemu)) {
            LOG.warn("Machine {} stood still for what an earlier server did not finish; it is as it was", request.id());
        }
        tidy(folder);
        JsonNode status = qemu.qmp().execute("query-status", deadline.remaining());
        watch.cpusRun(status.path("running").asBoolean());
        watch.poweredOff(status.path("status").asText().equals("shutdown"));
        List<PortForward> forwards = forwards(request, qemu.network(deadline));
        context.ports().use(forwards);
        context.executor().execute(() -> FrozenFileSystems.thawLeftover(qemu));
        return new QemuMachine(context, qemu, record, forwards).admit();
    }

    /** What cannot be removed takes space, and no more. */
    private static void tidy(MachineFolder folder) {
        try {
            folder.removeUnfinishedSnapshots();
            ExchangedDisk.forgetBefore(folder);
            Files.deleteIfExists(folder.savedState());
        } catch (IOException e) {
            LOG.error("Could not tidy up {}: {}", folder.path(), e.getMessage());
        }
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

    /** Its user is free again when nothing is left of it, and stays taken otherwise. */
    private Finding lose(MachineFolder folder, MachineRecord record, List<QemuProcess> processes, String reason) {
        MachineRequest request = record.request();
        String log = folder.logTail();
        LOG.warn("Machine {} is lost: {}", request.id(), reason);
        try {
            end(processes);
            folder.remove();
            context.accounts().release(record.user());
        } catch (IOException | HypervisorException e) {
            LOG.error("{} is left alone: {}", folder.path(), e.getMessage());
        }
        return new Finding(
                Optional.empty(), Optional.of(new Adoption.Lost(request, new MachineExit(false, reason, log))));
    }

    private static Finding endStrays(List<QemuProcess> strays) {
        strays.forEach(stray -> LOG.warn("Process {} belongs to a machine that is gone; it is ended", stray.pid()));
        end(strays);
        return Finding.NOTHING;
    }

    private static void end(List<QemuProcess> processes) {
        processes.forEach(QemuProcess::kill);
        for (QemuProcess process : processes) {
            if (!process.awaitEnd(KILL_DEADLINE)) {
                throw new HypervisorException(HypervisorError.TIMEOUT, "Process " + process.pid() + " does not end");
            }
        }
    }
}
