package org.kdcloudlet.server.instance;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.Readiness;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.HypervisorErrors;
import org.kdcloudlet.server.operation.OperationContext;

/**
 * Brings an instance back to a snapshot: it is suspended as it is, then continued from the snapshot. Whatever fails, and whenever the
 * server ends, there is a machine that runs or one that sleeps, of the snapshot or of before, and never none.
 */
final class RestoreInstance {
    private static final Duration ANSWER = Duration.ofMinutes(2);

    private final InstanceRegistry registry;
    private final InstanceControl control;
    private final Hypervisor hypervisor;
    private final Admission admission;
    private final Catalog catalog;
    private final Supplier<InstanceSettings> settings;

    RestoreInstance(
            InstanceRegistry registry,
            InstanceControl control,
            Hypervisor hypervisor,
            Admission admission,
            Catalog catalog,
            Supplier<InstanceSettings> settings) {
        this.registry = registry;
        this.control = control;
        this.hypervisor = hypervisor;
        this.admission = admission;
        this.catalog = catalog;
        this.settings = settings;
    }

    void run(OperationContext context, LiveInstance instance, String name) {
        context.step("suspend the instance as it is");
        InstanceEnds.lockTransition(instance);
        try {
            InstanceState before = instance.state();
            if (before != InstanceState.SUSPENDED) {
                suspend(instance);
            }
            continueFrom(context, instance, name, before);
        } finally {
            instance.transition.unlock();
        }
        context.step("wait for the service");
        awaitService(instance);
    }

    /** What was promised to the machine stays so, because it is back in a moment. */
    private void suspend(LiveInstance instance) {
        Machine machine = control.runningMachine(instance);
        MemoryNeed need = MemoryNeed.whole(machine.request().spec());
        admission.diskRefusal(need.promised()).ifPresent(refusal -> {
            throw refusal;
        });
        try {
            machine.suspend();
        } catch (HypervisorException e) {
            throw HypervisorErrors.translate(e);
        }
        registry.change(instance, now -> {
            instance.detach();
            instance.promisedMemory = need.promised();
            return now.state() == InstanceState.STOPPING ? Optional.empty() : Optional.of(now.suspended());
        });
        registry.recordEventually(instance);
    }

    private void continueFrom(OperationContext context, LiveInstance instance, String name, InstanceState before) {
        try {
            context.step("continue from the snapshot");
            if (before == InstanceState.SUSPENDED) {
                admission.admit(instance, MemoryNeed.whole(control.spec(instance)));
            }
            context.commit();
            Machine machine = continued(
                    () -> hypervisor.restore(instance.id(), name, settings.get().hostPorts()));
            control.attachWoken(instance, machine);
        } catch (CloudletException | CancellationException e) {
            goBack(context, instance, before);
            throw e;
        }
    }

    private static Machine continued(Supplier<Machine> start) {
        try {
            return start.get();
        } catch (HypervisorException e) {
            throw HypervisorErrors.translate(e);
        }
    }

    /** As it was before; a machine that slept sleeps on. */
    private void goBack(OperationContext context, LiveInstance instance, InstanceState before) {
        if (before == InstanceState.SUSPENDED) {
            giveUpRoom(instance);
            return;
        }
        try {
            Machine machine = continued(
                    () -> hypervisor.wake(instance.id(), settings.get().hostPorts()));
            control.attachWoken(instance, machine);
            context.log("The instance goes on as it was before.");
        } catch (CloudletException e) {
            giveUpRoom(instance);
            context.log("The instance is suspended as it was before: it could not be continued: " + e.getMessage());
            return;
        }
        if (before == InstanceState.PAUSED) {
            control.pauseLocked(instance);
        }
    }

    private void giveUpRoom(LiveInstance instance) {
        registry.locked(() -> {
            instance.detach();
            return true;
        });
    }

    private void awaitService(LiveInstance instance) {
        Optional<Machine> machine = instance.machine();
        Optional<Readiness> readiness = catalog.byId(instance.shown().service())
                .map(service -> service.definition().readiness());
        if (machine.isPresent() && readiness.isPresent()) {
            try {
                machine.get().awaitReady(new Readiness(readiness.get().probe(), ANSWER));
            } catch (HypervisorException e) {
                throw HypervisorErrors.translate(e);
            }
        }
    }
}
