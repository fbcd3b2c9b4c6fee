package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

    private final QemuContext context;
    private final Set<UUID> inWork = ConcurrentHashMap.newKeySet();

    SleepingMachines(QemuContext context) {
        this.context = context;
    }

    QemuMachine wake(UUID id, HostPorts hostPorts) {
        try (Reverter undo = new Reverter()) {
            reserve(id, undo);
            MachineRecord asleep = require(id);
            return start(asleep, hostPorts, context.folder().machine(id).savedState());
        } catch (IOException e) {
            throw Failures.of("Could not wake machine " + id, e);
        }
    }

    /** Continues a machine from a snapshot instead of from where it was suspended. */
    QemuMachine restore(UUID id, String name, HostPorts hostPorts) {
        try (Reverter undo = new Reverter()) {
            reserve(id, undo);
            MachineRecord asleep = require(id);
            MachineFolder folder = context.folder().machine(id);
            SnapshotFolder snapshot = folder.snapshot(name);
            if (snapshot.read().isEmpty()) {
                throw new HypervisorException(
                        HypervisorError.WRONG_STATE, "Machine " + id + " has no snapshot " + name);
            }
            context.folder().requireSpace(Files.size(snapshot.disk()), "restoring machine " + id);
            return restore(asleep, snapshot, hostPorts);
        } catch (IOException e) {
            throw Failures.of("Could not restore machine " + id, e);
        }
    }

    private QemuMachine restore(MachineRecord asleep, SnapshotFolder snapshot, HostPorts hostPorts) throws IOException {
        MachineFolder folder = context.folder().machine(asleep.request().id());
        try (Reverter undo = new Reverter()) {
            ExchangedDisk.exchange(folder, snapshot, asleep.user(), undo);
            QemuMachine machine = start(asleep, hostPorts, snapshot.state());
            undo.commit();
            return machine;
        }
    }

    private MachineRecord require(UUID id) throws IOException {
        return find(id).orElseThrow(() ->
                new HypervisorException(HypervisorError.WRONG_STATE, "There is no suspended machine with id " + id));
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

    private QemuMachine start(MachineRecord asleep, HostPorts hostPorts, Path state) throws IOException {
        UUID id = asleep.request().id();
        MachineFolder folder = context.folder().machine(id);
        try (Reverter undo = new Reverter()) {
            MachineRecord awake = asleep.asWoken(hostPorts);
            TakeOverState.Source source =
                    new TakeOverState.Source(folder, awake, MemoryBacking.anonymous(), state, true, asleep.lastPorts());
            TakeOverState.Result result = new TakeOverState(context).run(source, undo);
            MachineHalt.begin(folder, true);
            undo.add("note down that machine " + id + " sleeps", () -> MachineHalt.end(folder));
            folder.writeDurably(awake);
            undo.add("note down that machine " + id + " is suspended", () -> folder.writeDurably(asleep));
            MachineHalt.goOn(result.qemu().qmp(), folder);
            undo.commit();
            QemuMachine machine = new QemuMachine(context, result.qemu(), awake, result.forwards()).admit();
            removeState(folder);
            machine.correctTime();
            return machine;
        }
    }

    /** The machine runs: a state and a disk that stay take space, and no more. */
    private static void removeState(MachineFolder folder) {
        try {
            Files.deleteIfExists(folder.savedState());
            ExchangedDisk.forgetBefore(folder);
        } catch (IOException e) {
            LOG.error("Could not remove what machine {} was continued from: {}", folder.path(), e.getMessage());
        }
    }
}
