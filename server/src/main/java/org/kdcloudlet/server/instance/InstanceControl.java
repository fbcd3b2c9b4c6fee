package org.kdcloudlet.server.instance;

import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.SuspendedMachine;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.error.HypervisorErrors;
import org.kdcloudlet.server.operation.Events;

/** Halts instances, puts them to sleep and wakes them: one such thing at a time for each instance. */
final class InstanceControl {
    private final InstanceRegistry registry;
    private final Hypervisor hypervisor;
    private final Admission admission;
    private final InstanceEnds ends;
    private final Catalog catalog;
    private final Supplier<InstanceSettings> settings;
    private final Events events;
    private final Clock clock;

    InstanceControl(
            InstanceRegistry registry,
            Hypervisor hypervisor,
            Admission admission,
            InstanceEnds ends,
            Catalog catalog,
            Supplier<InstanceSettings> settings,
            Events events,
            Clock clock) {
        this.registry = registry;
        this.hypervisor = hypervisor;
        this.admission = admission;
        this.ends = ends;
        this.catalog = catalog;
        this.settings = settings;
        this.events = events;
        this.clock = clock;
    }

    Instance pause(LiveInstance instance) {
        return halt(instance, InstanceState.READY, InstanceState.PAUSED, Machine::pause, "paused");
    }

    Instance resume(LiveInstance instance) {
        return halt(instance, InstanceState.PAUSED, InstanceState.READY, Machine::resume, "resumed");
    }

    private Instance halt(
            LiveInstance instance, InstanceState from, InstanceState to, Consumer<Machine> action, String done) {
        InstanceEnds.lockTransition(instance);
        try {
            return haltLocked(instance, from, to, action, done);
        } finally {
            instance.transition.unlock();
        }
    }

    /** {@link #pause} for use while nothing else is done to the instance. */
    Instance pauseLocked(LiveInstance instance) {
        return haltLocked(instance, InstanceState.READY, InstanceState.PAUSED, Machine::pause, "paused");
    }

    private Instance haltLocked(
            LiveInstance instance, InstanceState from, InstanceState to, Consumer<Machine> action, String done) {
        if (instance.state() == to) {
            return instance.shown();
        }
        require(instance, instance.state() == from);
        act(instance, action);
        registry.change(
                instance,
                now -> now.state() == from
                        ? Optional.of(now.counted(0, clock.instant()).withState(to))
                        : Optional.empty());
        return changed(instance, done);
    }

    Instance suspend(LiveInstance instance) {
        InstanceEnds.lockTransition(instance);
        try {
            if (instance.state() == InstanceState.SUSPENDED) {
                return instance.shown();
            }
            Machine machine = runningMachine(instance);
            admission
                    .diskRefusal(MemoryNeed.whole(machine.request().spec()).promised())
                    .ifPresent(refusal -> {
                        throw refusal;
                    });
            act(instance, Machine::suspend);
            registry.change(instance, now -> {
                instance.detach();
                return now.state() == InstanceState.STOPPING ? Optional.empty() : Optional.of(now.suspended());
            });
            return changed(instance, "suspended");
        } finally {
            instance.transition.unlock();
        }
    }

    Instance wake(LiveInstance instance) {
        InstanceEnds.lockTransition(instance);
        try {
            if (instance.state() == InstanceState.READY) {
                return instance.shown();
            }
            require(instance, instance.state() == InstanceState.SUSPENDED);
            admission.admit(instance, MemoryNeed.whole(spec(instance)));
            attachWoken(instance, wakeMachine(instance));
            return changed(instance, "woken");
        } finally {
            instance.transition.unlock();
        }
    }

    /** Shows and watches an instance whose machine has been continued; for use while nothing else is done to the instance. */
    void attachWoken(LiveInstance instance, Machine machine) {
        registry.change(instance, now -> {
            instance.attach(machine);
            instance.promisedMemory = MemoryNeed.whole(machine.request().spec()).promised();
            instance.pendingMemory = 0;
            return now.state() == InstanceState.SUSPENDED
                    ? Optional.of(now.running(
                            now.kind(),
                            InstanceState.READY,
                            Forwards.ordered(machine, catalog.byId(now.service())),
                            clock.instant()))
                    : Optional.empty();
        });
        ends.watch(instance);
        registry.recordEventually(instance);
    }

    MachineSpec spec(LiveInstance instance) {
        return hypervisor.suspended().stream()
                .map(SuspendedMachine::request)
                .filter(request -> request.id().equals(instance.id()))
                .findFirst()
                .orElseThrow(() -> new CloudletException(
                        ErrorCode.CONFLICT, "What instance " + instance.id() + " kept on disk is gone; remove it"))
                .spec();
    }

    private Machine wakeMachine(LiveInstance instance) {
        try {
            return hypervisor.wake(instance.id(), settings.get().hostPorts());
        } catch (HypervisorException e) {
            registry.locked(() -> {
                instance.detach();
                return true;
            });
            throw HypervisorErrors.translate(e);
        }
    }

    /** The machine of an instance that runs or is paused. */
    Machine runningMachine(LiveInstance instance) {
        require(instance, instance.state().isUp() && instance.machine().isPresent());
        return instance.machine().orElseThrow();
    }

    private static void require(LiveInstance instance, boolean possible) {
        if (!possible) {
            throw new CloudletException(
                    ErrorCode.CONFLICT, "Not possible while instance " + instance.id() + " is " + instance.state());
        }
    }

    private void act(LiveInstance instance, Consumer<Machine> action) {
        try {
            action.accept(runningMachine(instance));
        } catch (HypervisorException e) {
            throw HypervisorErrors.translate(e);
        }
    }

    private Instance changed(LiveInstance instance, String done) {
        registry.recordEventually(instance);
        events.publish(
                "instance." + done, InstanceEnds.subjects(instance), "Instance " + instance.id() + " was " + done);
        return instance.shown();
    }
}
