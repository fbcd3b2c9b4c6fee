package org.kdcloudlet.server.instance;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.Readiness;
import org.kdcloudlet.server.background.Workers;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.catalog.ImageService;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.catalog.StartSource;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.operation.Events;

/**
 * Keeps the pools filled, in the background: not while starts are under way unless they never end, two clones at a time, and
 * slower after failures. A clone that died is replaced.
 */
final class PoolKeeper implements AutoCloseable {
    private static final Duration CLONE_DEADLINE = Duration.ofSeconds(60);
    private static final Duration ADOPT_DEADLINE = Duration.ofSeconds(15);
    private static final Duration LOOK = Duration.ofSeconds(10);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final Catalog catalog;
    private final ImageService images;
    private final InstanceRegistry registry;
    private final WarmPool pool;
    private final Admission admission;
    private final MachineMaker machines;
    private final StartGate gate;
    private final Events events;
    private final Supplier<Duration> quiet;
    private final Workers planner = new Workers("pool", 1);
    private final Workers makers = new Workers("pool-clones", 2);
    private final AtomicBoolean planned = new AtomicBoolean();
    private long waitingSince;

    PoolKeeper(
            Catalog catalog,
            ImageService images,
            InstanceRegistry registry,
            WarmPool pool,
            Admission admission,
            MachineMaker machines,
            StartGate gate,
            Events events,
            Supplier<Duration> quiet) {
        this.catalog = catalog;
        this.images = images;
        this.registry = registry;
        this.pool = pool;
        this.admission = admission;
        this.machines = machines;
        this.gate = gate;
        this.events = events;
        this.quiet = quiet;
    }

    void begin() {
        planner.every(LOOK, "look after pools", this::refillSoon);
        refillSoon();
    }

    /** Has the pools looked at once starts have come to rest. */
    void refillSoon() {
        refillAfter(quiet.get());
    }

    private void refillAfter(Duration delay) {
        if (planned.compareAndSet(false, true)) {
            planner.after(delay, "refill pools", this::refill);
        }
    }

    private void refill() {
        planned.set(false);
        long now = System.nanoTime();
        if (gate.isQuiet()) {
            waitingSince = 0;
        } else {
            waitingSince = waitingSince == 0 ? now : waitingSince;
            if (now - waitingSince < LONGEST_WAIT.toNanos()) {
                refillSoon();
                return;
            }
        }
        catalog.list().forEach(service -> source(service.id()).ifPresent(this::beginFilling));
    }

    private void beginFilling(StartSource source) {
        Optional<CloudletException> refusal = registry.locked(() -> {
            if (source.template().isEmpty() || !pool.wants(source)) {
                return Optional.empty();
            }
            Optional<CloudletException> reason = admission.refusal(MemoryNeed.of(source));
            if (reason.isEmpty()) {
                WarmPool.Filling filling = pool.beginFilling(source);
                makers.run("make a clone to wait", () -> fill(filling));
            }
            return reason;
        });
        refusal.ifPresent(reason -> pool.failed(source.service().id(), reason.getMessage()));
    }

    private Optional<StartSource> source(String service) {
        try {
            return catalog.byId(service)
                    .filter(known -> known.imageVersion().isPresent())
                    .map(images::source);
        } catch (CloudletException e) {
            return Optional.empty();
        }
    }

    private void fill(WarmPool.Filling filling) {
        StartSource source = filling.source();
        try {
            keep(machines.makeWaiting(source, System.nanoTime() + CLONE_DEADLINE.toNanos()), filling);
        } catch (HypervisorException e) {
            tell("pool.failed", source.service(), "No clone for its pool: " + e.getMessage());
            refillLater(source, e.getMessage());
        } finally {
            pool.endFilling(filling);
        }
        refillAfter(Duration.ZERO);
    }

    private void refillLater(StartSource source, String problem) {
        Duration pause = pool.failed(source.service().id(), problem);
        planner.after(pause, "refill pools", this::refillSoon);
    }

    private void keep(Machine machine, WarmPool.Filling filling) {
        StartSource source = filling.source();
        Optional<StartSource> current = source(source.service().id());
        if (current.isEmpty() || !pool.add(machine, filling, current.get())) {
            WarmPool.stop(machine);
            return;
        }
        machine.exit()
                .thenAccept(exit -> makers.run("a waiting clone ended", () -> {
                    if (pool.lost(machine)) {
                        tell("pool.lost", source.service(), "A clone of its pool ended: " + exit.reason());
                        refillLater(source, exit.reason());
                    }
                }));
        // A change between the look and the addition found no clone to drop.
        if (!source(source.service().id()).equals(current)) {
            changed(source.service().id());
        }
    }

    /** Keeps a clone of an earlier server if it is what would be made now and still answers; else it is stopped. */
    void adopt(Machine machine) {
        Optional<StartSource> source = source(MachineLabels.service(machine))
                .filter(known -> pool.isFrom(machine, known) && pool.wants(known));
        if (source.isEmpty()) {
            WarmPool.stop(machine);
            return;
        }
        WarmPool.Filling filling = pool.beginFilling(source.get());
        makers.run("look whether a waiting clone still answers", () -> {
            try {
                Readiness usual = source.get().service().definition().readiness();
                machine.awaitReady(new Readiness(usual.probe(), ADOPT_DEADLINE));
                keep(machine, filling);
            } catch (HypervisorException e) {
                WarmPool.stop(machine);
            } finally {
                pool.endFilling(filling);
            }
        });
    }

    /** Stops what is outdated after a change of a service, and makes anew. */
    void changed(String service) {
        pool.dropOutdated(
                service, source(service).filter(source -> source.template().isPresent()));
        refillSoon();
    }

    private void tell(String type, Service service, String message) {
        events.publish(type, Map.of("service", service.serviceId()), message);
    }

    @Override
    public void close() {
        planner.close();
        makers.close();
    }
}
