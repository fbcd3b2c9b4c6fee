package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.SuspendedMachine;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The machines that sleep: continues them, or removes them. One stays suspended if it cannot be continued. */
final class SleepingMachines {
    private static final Logger LOG = LoggerFactory.getLogger(SleepingMachines.class);
    private static final Duration COMMAND_DEADLINE = Duration.ofSeconds(30);

    private final QemuContext context;
    private final Set<UUID> inWork = ConcurrentHashMap.newKeySet();

    SleepingMachines(QemuContext context) {
        this.context = context;
    }

    QemuMachine wake(UUID id, HostPorts hostPorts) {
        try (Reverter undo = new Reverter()) {
            reserve(id, undo);
            MachineRecord asleep = find(id).orElseThrow(() -> new HypervisorException(
                    HypervisorError.WRONG_STATE, "There is no suspended machine with id " + id));
            return start(asleep, hostPorts);
        } catch (IOException e) {
            throw Failures.of("Could not wake machine " + id, e);
        }
    }

    /** Removes a suspended machine; does nothing if there is none. */
    void discard(UUID id) {
        try (Reverter undo = new Reverter()) {
            reserve(id, undo);
            Optional<MachineRecord> asleep = find(id);
            if (asleep.isPresent()) {
                context.folder().machine(id).remove();
                context.accounts().release(asleep.get().user());
            }
        } catch (IOException e) {
            throw Failures.of("Could not remove suspended machine " + id, e);
        }
    }

    /** The machines that sleep. */
    List<SuspendedMachine> all() {
        List<SuspendedMachine> asleep = new ArrayList<>();
        for (MachineFolder folder : context.folder().machines()) {
            try {
                Optional<MachineRecord> record = folder.read().filter(MachineRecord::asleep);
                if (record.isPresent()) {
                    asleep.add(SuspendMachine.describe(folder, record.get()));
                }
            } catch (IOException e) {
                LOG.error("Could not read {}: {}", folder.path(), e.getMessage());
            }
        }
        return List.copyOf(asleep);
    }

    /** Keeps others from doing something with the same machine until the undo. */
    private void reserve(UUID id, Reverter undo) {
        if (!inWork.add(id)) {
            throw new HypervisorException(HypervisorError.WRONG_STATE, "Machine " + id + " is being woken or removed");
        }
        undo.add("let others work on machine " + id, () -> inWork.remove(id));
    }

    private Optional<MachineRecord> find(UUID id) throws IOException {
        return context.folder()
                .machine(id)
                .read()
                .filter(record -> record.asleep() && record.request().id().equals(id));
    }

    private QemuMachine start(MachineRecord asleep, HostPorts hostPorts) throws IOException {
        UUID id = asleep.request().id();
        MachineFolder folder = context.folder().machine(id);
        try (Reverter undo = new Reverter()) {
            MachineRecord awake = asleep.asWoken(hostPorts);
            TakeOverState.Source source =
                    new TakeOverState.Source(folder, awake, MemoryBacking.anonymous(), folder.savedState(), true);
            TakeOverState.Result result = new TakeOverState(context).run(source, undo);
            folder.writeDurably(awake);
            undo.add("note down that machine " + id + " is suspended", () -> folder.writeDurably(asleep));
            result.qemu().qmp().execute("cont", COMMAND_DEADLINE);
            undo.commit();
            QemuMachine machine = new QemuMachine(context, result.qemu(), awake, result.forwards()).admit();
            removeState(folder);
            machine.correctTime();
            return machine;
        }
    }

    /** The machine runs: a state that stays takes space, and no more. */
    private static void removeState(MachineFolder folder) {
        try {
            Files.deleteIfExists(folder.savedState());
        } catch (IOException e) {
            LOG.error("Could not remove {}: {}", folder.savedState(), e.getMessage());
        }
    }
}
