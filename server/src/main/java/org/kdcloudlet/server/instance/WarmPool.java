package org.kdcloudlet.server.instance;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineState;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.server.catalog.StartSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clones that run, answered, and wait for a start. This is the bookkeeping of them, under the registry's lock;
 * {@link PoolKeeper} makes them. A machine is in here or belongs to an instance, never both.
 */
final class WarmPool {
    private static final Logger LOG = LoggerFactory.getLogger(WarmPool.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final int MOST_DOUBLINGS = 8;

    private final InstanceRegistry registry;
    private final HostPorts hostPorts;
    private final Map<String, Waiting> pools = new HashMap<>();

    /** What waits for one service. */
    private static final class Waiting {
        private final Deque<Machine> ready = new ArrayDeque<>();
        private final List<Filling> filling = new ArrayList<>();
        private int failures;
        private long notBefore = System.nanoTime();
        private Optional<String> problem = Optional.empty();
    }

    /** A clone that is being made or looked at: the place that is kept for it. Each is one of its own, whatever it is made from. */
    static final class Filling {
        private final StartSource source;

        private Filling(StartSource source) {
            this.source = source;
        }

        StartSource source() {
            return source;
        }
    }

    WarmPool(InstanceRegistry registry, HostPorts hostPorts) {
        this.registry = registry;
        this.hostPorts = hostPorts;
    }

    /** Takes out a clone of this source that runs. */
    Optional<Machine> take(StartSource source) {
        return registry.locked(() -> {
            Waiting waiting = of(source.service().id());
            Optional<Machine> found = waiting.ready.stream()
                    .filter(machine -> machine.state() == MachineState.RUNNING && isFrom(machine, source))
                    .findFirst();
            found.ifPresent(waiting.ready::remove);
            return found;
        });
    }

    private Waiting of(String service) {
        return pools.computeIfAbsent(service, unused -> new Waiting());
    }

    /** Whether one more clone is wanted, and the last failure is long enough ago. */
    boolean wants(StartSource source) {
        return registry.locked(() -> {
            Waiting waiting = of(source.service().id());
            return waiting.ready.size() + waiting.filling.size()
                            < source.service().definition().poolSize()
                    && System.nanoTime() - waiting.notBefore >= 0;
        });
    }

    /** Keeps a place for a clone that is being made; {@link #endFilling} follows. */
    Filling beginFilling(StartSource source) {
        Filling filling = new Filling(source);
        registry.locked(() -> of(source.service().id()).filling.add(filling));
        return filling;
    }

    /** Gives the place back, unless the clone has taken it. */
    void endFilling(Filling filling) {
        registry.locked(() -> of(filling.source.service().id()).filling.remove(filling));
    }

    /**
     * Adds the clone that was made, unless it is not wanted any more. It counts once at each moment: it gives its place back with that.
     *
     * @param filling the place that was kept for it
     * @param current what a clone would be made from now
     */
    boolean add(Machine machine, Filling filling, StartSource current) {
        return registry.locked(() -> {
            Waiting waiting = of(current.service().id());
            waiting.filling.remove(filling);
            boolean wanted =
                    waiting.ready.size() < current.service().definition().poolSize() && isFrom(machine, current);
            if (wanted) {
                waiting.ready.add(machine);
                waiting.failures = 0;
                waiting.problem = Optional.empty();
            }
            return wanted;
        });
    }

    /** Whether a machine is what a clone from this source would be now. */
    boolean isFrom(Machine machine, StartSource source) {
        return source.template().isPresent() && MachineLabels.isFrom(machine, source, hostPorts);
    }

    /** Notes why there is no clone, and returns how long to leave it: longer each time, up to four minutes. */
    Duration failed(String service, String problem) {
        return registry.locked(() -> {
            Waiting waiting = of(service);
            waiting.problem = Optional.of(problem);
            Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(MOST_DOUBLINGS, waiting.failures++));
            waiting.notBefore = System.nanoTime() + pause.toNanos();
            return pause;
        });
    }

    /** Takes out a machine that has ended; tells whether it was waiting. */
    boolean lost(Machine machine) {
        return registry.locked(() -> of(MachineLabels.service(machine)).ready.remove(machine));
    }

    /** Takes out and stops what a service does not want any more; all of it when nothing can be started. */
    void dropOutdated(String service, Optional<StartSource> current) {
        List<Machine> dropped = registry.locked(() -> {
            Waiting waiting = of(service);
            List<Machine> outdated = new ArrayList<>();
            int keep = current.map(source -> source.service().definition().poolSize())
                    .orElse(0);
            for (Machine machine : waiting.ready) {
                if (keep > 0 && isFrom(machine, current.orElseThrow())) {
                    keep--;
                } else {
                    outdated.add(machine);
                }
            }
            waiting.ready.removeAll(outdated);
            waiting.failures = 0;
            waiting.notBefore = System.nanoTime();
            return outdated;
        });
        dropped.forEach(WarmPool::stop);
    }

    /** Takes out and stops one machine, of the fullest pool; false if none waits. */
    boolean giveUpOne() {
        Optional<Machine> victim = registry.locked(() -> pools.values().stream()
                .max((one, other) -> Integer.compare(one.ready.size(), other.ready.size()))
                .map(fullest -> fullest.ready.poll()));
        victim.ifPresent(WarmPool::stop);
        return victim.isPresent();
    }

    static void stop(Machine machine) {
        try {
            machine.stop(StopPolicy.KILL);
        } catch (HypervisorException e) {
            LOG.error("waiting machine {} cannot be stopped: {}", machine.id(), e.getMessage());
        }
    }

    PoolStatus status(String service, String serviceId, int wanted) {
        return registry.locked(() -> {
            Waiting waiting = of(service);
            return new PoolStatus(serviceId, wanted, waiting.ready.size(), waiting.problem);
        });
    }

    /** Machines that wait or are being made. */
    int size() {
        return registry.locked(() -> pools.values().stream()
                .mapToInt(waiting -> waiting.ready.size() + waiting.filling.size())
                .sum());
    }

    /** RAM in bytes of the machines that wait or are being made. */
    long promisedMemory() {
        return registry.locked(() -> pools.values().stream()
                .mapToLong(waiting -> waiting.ready.stream()
                                .mapToLong(machine ->
                                        (long) machine.request().spec().memoryMib() << 20)
                                .sum()
                        + waiting.filling.stream()
                                .mapToLong(
                                        filling -> MemoryNeed.of(filling.source).promised())
                                .sum())
                .sum());
    }

    /** Memory in bytes that machines which are being made will take. */
    long pendingMemory() {
        return registry.locked(() -> pools.values().stream()
                .flatMap(waiting -> waiting.filling.stream())
                .mapToLong(filling -> MemoryNeed.of(filling.source).expected())
                .sum());
    }
}
