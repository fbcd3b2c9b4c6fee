package org.kdcloudlet.server.instance;

import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.kdcloudlet.hypervisor.Adoption;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.MachineState;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.SuspendedMachine;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.instance.Instance.Failure;
import org.kdcloudlet.server.operation.Events;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes records and machines agree after whatever ended the server before. A machine on record goes on as its instance; one
 * that waited for a start goes on waiting if it is still what is wanted; any other is stopped, for nobody was given it. A
 * record without a machine failed.
 */
final class Adopter {
    private static final Logger LOG = LoggerFactory.getLogger(Adopter.class);

    private final Hypervisor hypervisor;
    private final Catalog catalog;
    private final InstanceRegistry registry;
    private final PoolKeeper pools;
    private final InstanceEnds ends;
    private final Events events;
    private final Clock clock;
    private final List<MachineOwner> others;

    Adopter(
            Hypervisor hypervisor,
            Catalog catalog,
            InstanceRegistry registry,
            PoolKeeper pools,
            InstanceEnds ends,
            Events events,
            Clock clock,
            List<MachineOwner> others) {
        this.hypervisor = hypervisor;
        this.catalog = catalog;
        this.registry = registry;
        this.pools = pools;
        this.ends = ends;
        this.events = events;
        this.clock = clock;
        this.others = others;
    }

    void adopt() {
        Adoption adoption = hypervisor.adopt();
        Map<UUID, LiveInstance> expected = new LinkedHashMap<>();
        for (Instance recorded : registry.repository().all()) {
            LiveInstance instance = new LiveInstance(recorded);
            instance.onRecord = true;
            instance.started.complete(null);
            if (recorded.state() == InstanceState.FAILED) {
                registry.add(instance);
            } else {
                expected.put(recorded.id(), instance);
            }
        }
        for (Machine machine : adoption.running()) {
            adopt(machine, Optional.ofNullable(expected.remove(machine.id())));
        }
        for (Adoption.Lost lost : adoption.lost()) {
            Optional.ofNullable(expected.remove(lost.request().id()))
                    .ifPresent(instance -> fail(instance, lost.exit()));
        }
        for (SuspendedMachine sleeping : hypervisor.suspended()) {
            adopt(
                    sleeping,
                    Optional.ofNullable(expected.remove(sleeping.request().id())));
        }
        others.forEach(MachineOwner::adopted);
        MachineExit gone = new MachineExit(false, "Its machine ended while no server ran", "");
        expected.values().forEach(instance -> fail(instance, gone));
    }

    private boolean isServed(LiveInstance instance) {
        return catalog.byId(instance.shown().service()).isPresent();
    }

    private void adopt(Machine machine, Optional<LiveInstance> recorded) {
        if (recorded.filter(this::isServed).isPresent()) {
            goOn(recorded.get(), machine);
            return;
        }
        recorded.ifPresent(this::forget);
        if (recorded.isEmpty() && MachineLabels.isPooled(machine)) {
            pools.adopt(machine);
            return;
        }
        if (recorded.isEmpty() && others.stream().anyMatch(owner -> owner.adopt(machine))) {
            return;
        }
        LOG.info("machine {} was nobody's and is stopped", machine.id());
        try {
            machine.stop(StopPolicy.KILL);
        } catch (HypervisorException e) {
            LOG.error("machine {} cannot be stopped: {}", machine.id(), e.getMessage());
        }
    }

    private void goOn(LiveInstance instance, Machine machine) {
        InstanceState state = machine.state() == MachineState.PAUSED ? InstanceState.PAUSED : InstanceState.READY;
        Instance recorded = instance.shown();
        Instance now = recorded.running(
                recorded.kind(), state, Forwards.ordered(machine, catalog.byId(recorded.service())), clock.instant());
        instance.show(now);
        instance.attach(machine);
        instance.promisedMemory = MemoryNeed.whole(machine.request().spec()).promised();
        registry.add(instance);
        if (recorded.state() != state) {
            registry.recordEventually(instance);
        }
        ends.watch(instance);
        tell("instance.adopted", instance, "goes on after a restart of the server");
    }

    private void adopt(SuspendedMachine sleeping, Optional<LiveInstance> recorded) {
        if (recorded.filter(this::isServed).isEmpty()) {
            recorded.ifPresent(this::forget);
            hypervisor.discardSuspended(sleeping.request().id());
            return;
        }
        LiveInstance instance = recorded.get();
        boolean known = instance.state() == InstanceState.SUSPENDED;
        instance.show(instance.shown().suspended());
        registry.add(instance);
        if (!known) {
            registry.recordEventually(instance);
        }
    }

    private void fail(LiveInstance instance, MachineExit exit) {
        if (exit.expected()) {
            forget(instance);
            tell("instance.stopped", instance, "ended while no server ran: " + exit.reason());
            return;
        }
        instance.show(instance.shown().failed(new Failure(clock.instant(), exit.reason(), exit.log())));
        registry.add(instance);
        registry.recordEventually(instance);
        tell("instance.failed", instance, "failed: " + exit.reason());
    }

    private void forget(LiveInstance instance) {
        instance.show(instance.shown().withState(InstanceState.STOPPING));
        registry.recordEventually(instance);
    }

    private void tell(String type, LiveInstance instance, String what) {
        events.publish(type, InstanceEnds.subjects(instance), "Instance " + instance.id() + " " + what);
    }
}
