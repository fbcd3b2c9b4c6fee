package org.kdcloudlet.server.instance;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.IntSupplier;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineSnapshot;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.error.HypervisorErrors;
import org.kdcloudlet.server.error.Problems;
import org.kdcloudlet.server.operation.Events;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationContext;
import org.kdcloudlet.server.operation.Operations;

/** {@link Snapshots} kept by the hypervisor, which knows alone which there are. */
final class SnapshotService implements Snapshots {
    private static final Duration DEADLINE = Duration.ofHours(1);

    private final InstanceRegistry registry;
    private final InstanceControl control;
    private final RestoreInstance restore;
    private final Hypervisor hypervisor;
    private final Admission admission;
    private final Operations operations;
    private final Events events;
    private final IntSupplier most;

    /** @param most how many an instance may have */
    SnapshotService(
            InstanceRegistry registry,
            InstanceControl control,
            RestoreInstance restore,
            Hypervisor hypervisor,
            Admission admission,
            Operations operations,
            Events events,
            IntSupplier most) {
        this.registry = registry;
        this.control = control;
        this.restore = restore;
        this.hypervisor = hypervisor;
        this.admission = admission;
        this.operations = operations;
        this.events = events;
        this.most = most;
    }

    @Override
    public List<MachineSnapshot> list(UUID instance) {
        registry.get(instance);
        return snapshots(instance);
    }

    private List<MachineSnapshot> snapshots(UUID instance) {
        try {
            return hypervisor.snapshots(instance);
        } catch (HypervisorException e) {
            throw HypervisorErrors.translate(e);
        }
    }

    @Override
    public Operation take(UUID id, String name) {
        LiveInstance instance = registry.get(id);
        Problems problems = new Problems();
        problems.require(
                MachineSnapshot.isName(name),
                "name",
                "must be 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or a digit");
        problems.throwIfAny();
        control.runningMachine(instance);
        requireNew(id, name);
        return operations.start(TAKE, id.toString(), DEADLINE, context -> take(context, instance, name));
    }

    private void requireNew(UUID id, String name) {
        List<MachineSnapshot> there = snapshots(id);
        if (there.stream().anyMatch(snapshot -> snapshot.name().equals(name))) {
            throw new CloudletException(
                    ErrorCode.CONFLICT, "Instance " + id + " has a snapshot " + name + " already; choose another name");
        }
        if (there.size() >= most.getAsInt()) {
            throw new CloudletException(
                    ErrorCode.CONFLICT,
                    "Instance " + id + " has as many snapshots as it may have, which is " + most.getAsInt()
                            + "; remove one first");
        }
    }

    private void take(OperationContext context, LiveInstance instance, String name) {
        context.step("keep memory and disk");
        InstanceEnds.lockTransition(instance);
        try {
            Machine machine = control.runningMachine(instance);
            requireNew(instance.id(), name);
            admission.diskRefusal(expectedBytes(machine)).ifPresent(refusal -> {
                throw refusal;
            });
            machine.takeSnapshot(name, context.progress());
        } finally {
            instance.transition.unlock();
        }
        context.result(name);
        tell("instance.snapshot-taken", instance, "was kept as snapshot " + name);
    }

    /** All of its memory, and its disk without the snapshots that there are already. */
    private long expectedBytes(Machine machine) {
        long snapshots = snapshots(machine.id()).stream()
                .mapToLong(MachineSnapshot::diskBytes)
                .sum();
        long disk = Math.max(0, machine.usage().diskBytes() - snapshots);
        return MemoryNeed.whole(machine.request().spec()).promised() + disk;
    }

    @Override
    public Operation restore(UUID id, String name) {
        LiveInstance instance = registry.get(id);
        require(id, name);
        InstanceState state = instance.state();
        if (state != InstanceState.SUSPENDED) {
            control.runningMachine(instance);
        }
        return operations.start(RESTORE, id.toString(), DEADLINE, context -> {
            restore.run(context, instance, name);
            context.result(name);
            tell("instance.restored", instance, "is as it was at snapshot " + name);
        });
    }

    @Override
    public void remove(UUID id, String name) {
        LiveInstance instance = registry.get(id);
        require(id, name);
        InstanceEnds.lockTransition(instance);
        try {
            hypervisor.removeSnapshot(id, name);
        } catch (HypervisorException e) {
            throw HypervisorErrors.translate(e);
        } finally {
            instance.transition.unlock();
        }
        tell("instance.snapshot-removed", instance, "has no snapshot " + name + " any more");
    }

    private void require(UUID id, String name) {
        if (snapshots(id).stream().noneMatch(snapshot -> snapshot.name().equals(name))) {
            throw new CloudletException(
                    ErrorCode.SNAPSHOT_UNKNOWN, "Instance " + id + " has no such snapshot; list those that it has");
        }
    }

    private void tell(String type, LiveInstance instance, String what) {
        events.publish(type, InstanceEnds.subjects(instance), "Instance " + instance.id() + " " + what);
    }
}
