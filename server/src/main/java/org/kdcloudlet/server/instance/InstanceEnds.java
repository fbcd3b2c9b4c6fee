package org.kdcloudlet.server.instance;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.server.background.Workers;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.instance.Instance.Failure;
import org.kdcloudlet.server.operation.Events;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ends of instances: the last user leaves, an operator removes it, its machine dies. The record goes before the machine
 * does; so a machine that a killed server was about to stop has no record, and the next server stops it.
 */
final class InstanceEnds {
    private static final Logger LOG = LoggerFactory.getLogger(InstanceEnds.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LOOK = Duration.ofMillis(200);

    private final InstanceRegistry registry;
    private final Hypervisor hypervisor;
    private final Supplier<InstanceSettings> settings;
    private final Events events;
    private final Clock clock;
    private final Workers workers;
    private final Runnable roomMade;

    /**
     * @param workers where deaths of machines are dealt with
     * @param roomMade is run after each end
     */
    InstanceEnds(
            InstanceRegistry registry,
            Hypervisor hypervisor,
            Supplier<InstanceSettings> settings,
            Events events,
            Clock clock,
            Workers workers,
            Runnable roomMade) {
        this.registry = registry;
        this.hypervisor = hypervisor;
        this.settings = settings;
        this.events = events;
        this.clock = clock;
        this.workers = workers;
        this.roomMade = roomMade;
    }

    static Map<String, String> subjects(LiveInstance instance) {
        return Map.of(
                "instance",
                instance.id().toString(),
                "service",
                instance.shown().serviceId());
    }

    /** How somebody leaves: from what, and whether that ends. */
    private record Leaving(Instance before, boolean ends) {}

    /** Counts a user out; the last one ends the instance, unless somebody works at its console. */
    void leave(LiveInstance instance) {
        Leaving leaving = registry.locked(() -> leaveLocked(instance));
        if (!leaving.ends()) {
            registry.recordEventually(instance);
            tellIfHeld(instance, leaving.before());
        } else if (leaving.before().state() == InstanceState.STARTING) {
            cancelStart(instance);
        } else {
            end(instance, "was stopped: its last user left");
        }
    }

    private Leaving leaveLocked(LiveInstance instance) {
        Instance now = instance.shown();
        boolean failed = now.state() == InstanceState.FAILED;
        if (now.state() == InstanceState.STOPPING || (now.users() == 0 && !failed)) {
            throw unknown(instance);
        }
        boolean ends = now.users() <= 1 && !failed && !instance.isAttended(clock.instant());
        if (!ends) {
            instance.show(now.counted(-1, clock.instant()));
        } else if (now.state() != InstanceState.STARTING) {
            instance.show(now.withState(InstanceState.STOPPING));
        }
        return new Leaving(now, ends);
    }

    private void tellIfHeld(LiveInstance instance, Instance before) {
        if (before.users() == 1 && before.state() != InstanceState.FAILED) {
            events.publish(
                    "instance.held",
                    subjects(instance),
                    "Instance " + instance.id() + " goes on without users while somebody works at its console");
        }
    }

    /** {@link #leave} of one who was never given the instance. */
    void leaveQuietly(LiveInstance instance) {
        try {
            leave(instance);
        } catch (CloudletException e) {
            LOG.info("instance {}: not counted out: {}", instance.id(), e.getMessage());
        }
    }

    /** Ends an instance whoever uses it. */
    void remove(LiveInstance instance, String why) {
        Optional<Instance> stopping = registry.change(
                instance,
                now -> now.state() == InstanceState.STARTING || now.state() == InstanceState.STOPPING
                        ? Optional.empty()
                        : Optional.of(now.withState(InstanceState.STOPPING)));
        if (stopping.isPresent()) {
            end(instance, why);
        } else if (instance.state() == InstanceState.STARTING) {
            cancelStart(instance);
        }
    }

    private void cancelStart(LiveInstance instance) {
        Optional<Machine> machine = registry.locked(() -> {
            instance.cancel();
            return instance.machine();
        });
        try {
            machine.ifPresent(running -> running.stop(StopPolicy.KILL));
            instance.started.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException startFailed) {
            return;
        } catch (TimeoutException e) {
            throw new CloudletException(
                    ErrorCode.STOP_FAILED,
                    "Instance " + instance.id() + " is still starting; it ends when it is done",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloudletException(ErrorCode.SHUTTING_DOWN, "The server is stopping", e);
        } catch (HypervisorException e) {
            throw stopFailed(instance, e);
        }
        remove(instance, "was stopped as soon as it had started");
    }

    /** Ends an instance that is STOPPING by now. */
    void end(LiveInstance instance, String why) {
        registry.recordEventually(instance);
        try {
            endMachine(instance);
        } catch (HypervisorException | CloudletException e) {
            workers.after(PATIENCE, "stop " + instance.id() + " again", () -> end(instance, why));
            throw stopFailed(instance, e);
        }
        registry.remove(instance);
        events.publish("instance.stopped", subjects(instance), "Instance " + instance.id() + " " + why);
        roomMade.run();
    }

    private void endMachine(LiveInstance instance) {
        lockTransition(instance);
        try {
            instance.machine().ifPresent(machine -> machine.stop(settings.get().stopPolicy()));
            hypervisor.discardSuspended(instance.id());
        } finally {
            instance.transition.unlock();
        }
    }

    /** Waits until nothing else is done to an instance's machine; the caller unlocks. */
    static void lockTransition(LiveInstance instance) {
        try {
            if (instance.transition.tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloudletException(ErrorCode.SHUTTING_DOWN, "The server is stopping", e);
        }
        throw new CloudletException(
                ErrorCode.CONFLICT, "Something else is being done to instance " + instance.id() + "; try again later");
    }

    private static CloudletException stopFailed(LiveInstance instance, RuntimeException cause) {
        return new CloudletException(
                ErrorCode.STOP_FAILED,
                "Instance " + instance.id() + " could not be stopped: " + cause.getMessage(),
                cause);
    }

    private static CloudletException unknown(LiveInstance instance) {
        return new CloudletException(ErrorCode.INSTANCE_UNKNOWN, "There is no instance " + instance.id());
    }

    /** Has the end of an instance's machine noticed; also one that came before this. */
    void watch(LiveInstance instance) {
        Machine machine = instance.machine().orElseThrow();
        machine.exit()
                .thenAccept(
                        exit -> workers.run("a machine ended: " + machine.id(), () -> ended(instance, machine, exit)));
    }

    /** The machine of an instance ended; unless that was wanted, the instance failed or, by its guest's own will, is over. */
    void ended(LiveInstance instance, Machine machine, MachineExit exit) {
        if (!instance.transition.tryLock()) {
            workers.after(LOOK, "a machine ended: " + machine.id(), () -> ended(instance, machine, exit));
            return;
        }
        Optional<Instance> after;
        try {
            after = registry.change(instance, now -> afterEnd(instance, machine, exit, now));
        } finally {
            instance.transition.unlock();
        }
        if (after.isEmpty()) {
            return;
        }
        registry.recordEventually(instance);
        if (exit.expected()) {
            registry.remove(instance);
            events.publish(
                    "instance.stopped", subjects(instance), "Instance " + instance.id() + " ended: " + exit.reason());
        } else {
            events.publish(
                    "instance.failed", subjects(instance), "Instance " + instance.id() + " failed: " + exit.reason());
        }
        roomMade.run();
    }

    private Optional<Instance> afterEnd(LiveInstance instance, Machine machine, MachineExit exit, Instance now) {
        if (!now.state().isUp() || instance.machine().filter(machine::equals).isEmpty()) {
            return Optional.empty();
        }
        instance.detach();
        return Optional.of(
                exit.expected()
                        ? now.withState(InstanceState.STOPPING)
                        : now.failed(new Failure(clock.instant(), exit.reason(), exit.log())));
    }
}
