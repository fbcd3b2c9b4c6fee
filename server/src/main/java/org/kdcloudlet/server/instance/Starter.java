package org.kdcloudlet.server.instance;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.catalog.ImageService;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.catalog.StartSource;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.error.HypervisorErrors;
import org.kdcloudlet.server.instance.MachineMaker.Made;
import org.kdcloudlet.server.operation.Events;

/**
 * Starts instances. The record of an instance is written before anybody is given it and not before its service answers; so
 * a machine that a killed server leaves without a record was nobody's, and the next server stops it.
 */
final class Starter {
    private final Catalog catalog;
    private final ImageService images;
    private final InstanceRegistry registry;
    private final WarmPool pool;
    private final Admission admission;
    private final MachineMaker machines;
    private final InstanceEnds ends;
    private final Events events;
    private final Supplier<InstanceSettings> settings;
    private final Clock clock;

    /** What a start is to do: wait for what it joined, or make an instance, perhaps of a machine that waited. */
    private record Claim(LiveInstance instance, boolean joined, Optional<Machine> waiting) {}

    Starter(
            Catalog catalog,
            ImageService images,
            InstanceRegistry registry,
            WarmPool pool,
            Admission admission,
            MachineMaker machines,
            InstanceEnds ends,
            Events events,
            Supplier<InstanceSettings> settings,
            Clock clock) {
        this.catalog = catalog;
        this.images = images;
        this.registry = registry;
        this.pool = pool;
        this.admission = admission;
        this.machines = machines;
        this.ends = ends;
        this.events = events;
        this.settings = settings;
        this.clock = clock;
    }

    /** The outcome of a start. */
    record Started(Instance instance, boolean joined) {}

    Started start(String serviceId, boolean join) {
        long deadline = System.nanoTime() + settings.get().startDeadline().toNanos();
        while (System.nanoTime() - deadline < 0) {
            Service service = catalog.get(serviceId);
            StartSource source = images.source(service);
            Optional<Claim> claim = registry.locked(() -> claim(source, join, deadline));
            if (claim.isEmpty()) {
                continue;
            }
            LiveInstance instance = claim.get().instance();
            Optional<Instance> started = claim.get().joined()
                    ? awaitJoined(instance, deadline)
                    : Optional.of(make(claim.get(), source, deadline));
            if (started.isPresent()) {
                return new Started(started.get(), claim.get().joined());
            }
        }
        throw late(serviceId);
    }

    /** Decides at one go, so that two starts neither take the same place nor make two instances where one would do. */
    private Optional<Claim> claim(StartSource source, boolean join, long deadline) {
        if (join && source.service().definition().numUsers() > 0) {
            Optional<LiveInstance> joined = registry.join(source.service());
            if (joined.isPresent()) {
                return Optional.of(new Claim(joined.get(), true, Optional.empty()));
            }
        }
        if (registry.awaitWithdrawal(source.service(), source.version(), deadline) || !images.isCurrent(source)) {
            return Optional.empty();
        }
        admission.serviceRefusal(source.service().id()).ifPresent(refusal -> {
            throw refusal;
        });
        Optional<Machine> waiting = pool.take(source);
        LiveInstance instance = new LiveInstance(starting(waiting.map(Machine::id), source));
        if (waiting.isPresent()) {
            instance.promisedMemory = MemoryNeed.of(source).promised();
            instance.attach(waiting.get());
        }
        registry.add(instance);
        return Optional.of(new Claim(instance, false, waiting));
    }

    private Instance starting(Optional<UUID> id, StartSource source) {
        Instant now = clock.instant();
        return new Instance(
                id.orElseGet(UUID::randomUUID),
                source.service().id(),
                source.service().serviceId(),
                source.version().number(),
                id.isPresent() ? StartKind.POOL : source.template().isPresent() ? StartKind.CLONE : StartKind.BOOT,
                InstanceState.STARTING,
                1,
                now,
                Optional.empty(),
                now,
                List.of(),
                Optional.empty());
    }

    private Instance make(Claim claim, StartSource source, long deadline) {
        LiveInstance instance = claim.instance();
        try (Reverter undo = new Reverter()) {
            undo.add("forget the start of " + instance.id(), () -> registry.remove(instance));
            Made made = claim.waiting()
                    .map(machine -> new Made(machine, StartKind.POOL))
                    .orElseGet(() -> machine(instance, source, deadline));
            undo.add("stop machine " + instance.id(), () -> made.machine().stop(StopPolicy.KILL));
            UnaryOperator<Instance> running = running(source, made);
            registry.record(instance, () -> running.apply(instance.shown()));
            undo.add("remove the record of " + instance.id(), () -> {
                instance.show(instance.shown().withState(InstanceState.STOPPING));
                registry.recordEventually(instance);
            });
            becomeReady(instance, made.machine(), running);
            undo.commit();
            instance.started.complete(null);
        } catch (HypervisorException e) {
            throw failed(instance, HypervisorErrors.translate(e));
        } catch (CloudletException e) {
            throw failed(instance, e);
        } finally {
            if (!instance.started.isDone()) {
                instance.started.completeExceptionally(new CloudletException(
                        ErrorCode.START_FAILED, "The start of the instance failed by a fault of the program"));
            }
        }
        ends.watch(instance);
        tell("instance.ready", instance, "was started (" + instance.shown().kind() + ")");
        return instance.shown();
    }

    private Made machine(LiveInstance instance, StartSource source, long deadline) {
        admission.admit(instance, MemoryNeed.of(source));
        return machines.make(
                instance.id(),
                source,
                deadline,
                machine -> attach(instance, machine),
                () -> admitBoot(instance, source));
    }

    /** A boot takes more memory than the clone that was admitted. */
    private void admitBoot(LiveInstance instance, StartSource source) {
        requireWanted(instance);
        registry.locked(() -> {
            instance.detach();
            return true;
        });
        admission.admit(instance, MemoryNeed.whole(source.service().definition().machine()));
    }

    /** From here on a cancellation finds the machine to stop; one that came before is noticed here. */
    private void attach(LiveInstance instance, Machine machine) {
        registry.locked(() -> {
            instance.attach(machine);
            requireWanted(instance);
            return true;
        });
    }

    private static void requireWanted(LiveInstance instance) {
        if (instance.cancelled()) {
            throw new CloudletException(ErrorCode.CANCELLED, "The instance was stopped while it was starting");
        }
    }

    private UnaryOperator<Instance> running(StartSource source, Made made) {
        List<PortForward> forwards = Forwards.ordered(made.machine(), Optional.of(source.service()));
        Instant now = clock.instant();
        return starting -> starting.running(made.kind(), InstanceState.READY, forwards, now);
    }

    private void becomeReady(LiveInstance instance, Machine machine, UnaryOperator<Instance> running) {
        registry.locked(() -> {
            requireWanted(instance);
            if (catalog.byId(instance.shown().service()).isEmpty()) {
                throw new CloudletException(ErrorCode.SERVICE_UNKNOWN, "The service was removed meanwhile");
            }
            instance.attach(machine);
            instance.pendingMemory = 0;
            instance.show(running.apply(instance.shown()));
            return true;
        });
    }

    private CloudletException failed(LiveInstance instance, CloudletException reason) {
        instance.started.completeExceptionally(reason);
        tell("instance.start-failed", instance, "could not be started: " + reason.getMessage());
        return reason;
    }

    private Optional<Instance> awaitJoined(LiveInstance instance, long deadline) {
        try {
            instance.started.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            registry.record(instance);
            Instance joined = instance.shown();
            if (joined.state() == InstanceState.READY) {
                return Optional.of(joined);
            }
            ends.leaveQuietly(instance);
            return Optional.empty();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CloudletException reason) {
                throw new CloudletException(reason.code(), reason.getMessage(), reason.details());
            }
            throw new CloudletException(ErrorCode.START_FAILED, "The instance could not be started", e);
        } catch (TimeoutException e) {
            ends.leaveQuietly(instance);
            throw late(instance.shown().serviceId());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ends.leaveQuietly(instance);
            throw new CloudletException(ErrorCode.SHUTTING_DOWN, "The server is stopping", e);
        } catch (CloudletException e) {
            ends.leaveQuietly(instance);
            throw e;
        }
    }

    private CloudletException late(String serviceId) {
        return new CloudletException(
                ErrorCode.NOT_READY,
                "No instance of " + serviceId + " was ready within "
                        + settings.get().startDeadline());
    }

    private void tell(String type, LiveInstance instance, String what) {
        events.publish(type, InstanceEnds.subjects(instance), "Instance " + instance.id() + " " + what);
    }
}
