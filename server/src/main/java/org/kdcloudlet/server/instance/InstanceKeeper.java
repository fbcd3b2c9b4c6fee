package org.kdcloudlet.server.instance;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.server.background.Workers;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.host.HostResources;
import org.kdcloudlet.server.instance.Instance.Failure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after instances in the background: stops the idle, forgets failed ones in time, and writes records that could not be
 * written. Connections are sampled at a hundredth of the idle timeout, between one and ten seconds; one that comes and
 * goes between two samples is not seen. When guests fill the disk, machines are stopped before it is full for all.
 */
final class InstanceKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(InstanceKeeper.class);
    private static final int SAMPLES = 100;
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final Duration DISK_LOOK = Duration.ofSeconds(1);

    private final InstanceRegistry registry;
    private final WarmPool pool;
    private final InstanceEnds ends;
    private final HostResources host;
    private final Supplier<InstanceSettings> settings;
    private final Clock clock;
    private volatile long lastLook = System.nanoTime();

    InstanceKeeper(
            InstanceRegistry registry,
            WarmPool pool,
            InstanceEnds ends,
            HostResources host,
            Supplier<InstanceSettings> settings,
            Clock clock) {
        this.registry = registry;
        this.pool = pool;
        this.ends = ends;
        this.host = host;
        this.settings = settings;
        this.clock = clock;
    }

    void begin(Workers workers) {
        workers.every(SHORTEST, "look after instances", this::lookWhenDue);
        workers.every(DISK_LOOK, "watch the disk", this::keepDiskFree);
    }

    /** The time between two looks follows the idle timeout, which may be changed meanwhile. */
    private void lookWhenDue() {
        Duration pause = settings.get().idleTimeout().dividedBy(SAMPLES);
        pause = pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
        long now = System.nanoTime();
        if (now - lastLook >= pause.toNanos()) {
            lastLook = now;
            look();
        }
    }

    /** One round of everything. */
    void look() {
        Duration idleTimeout = settings.get().idleTimeout();
        for (LiveInstance instance : registry.all()) {
            mayBeIdle(instance.shown(), idleTimeout).ifPresent(timeout -> {
                sample(instance);
                stopIfIdle(instance, timeout);
            });
        }
        forgetFailed();
        registry.recordRest();
        keepDiskFree();
    }

    /** Stops waiting clones, then the instance that uses most, while less than half of the reserve is free. */
    private void keepDiskFree() {
        while (isDiskLow() && pool.giveUpOne()) {
            LOG.warn("a waiting clone was given up: the disk is nearly full");
        }
        if (isDiskLow()) {
            registry.all().stream()
                    .filter(instance -> instance.state().isUp())
                    .max(Comparator.comparingLong(InstanceKeeper::diskBytes))
                    .ifPresent(this::stopForDisk);
        }
    }

    private boolean isDiskLow() {
        return host.diskFree() < settings.get().diskReserveBytes() / 2;
    }

    private static long diskBytes(LiveInstance instance) {
        try {
            return instance.machine()
                    .map(machine -> machine.usage().diskBytes())
                    .orElse(0L);
        } catch (HypervisorException e) {
            LOG.debug("instance {}: no usage: {}", instance.id(), e.getMessage());
            return 0;
        }
    }

    private void stopForDisk(LiveInstance biggest) {
        long used = diskBytes(biggest) >> 20;
        try {
            ends.remove(
                    biggest,
                    "was stopped: the disk is nearly full, and with " + used
                            + " MiB it used the most of all instances");
        } catch (CloudletException e) {
            LOG.warn("instance {} with {} MiB on a disk nearly full: {}", biggest.id(), used, e.getMessage());
        }
    }

    /** How long an instance may be idle; empty: as long as it likes. One without users was left while somebody worked at its console. */
    private static Optional<Duration> mayBeIdle(Instance instance, Duration timeout) {
        boolean held = instance.users() == 0 && (timeout.isZero() || timeout.compareTo(LiveInstance.ATTENDED) > 0);
        return held ? Optional.of(LiveInstance.ATTENDED) : Optional.of(timeout).filter(limit -> !limit.isZero());
    }

    private void sample(LiveInstance instance) {
        Optional<Machine> machine = instance.machine();
        if (instance.state() != InstanceState.READY || machine.isEmpty()) {
            return;
        }
        try {
            if (machine.get().usage().connections() > 0) {
                touch(instance);
            }
        } catch (HypervisorException e) {
            LOG.debug("instance {}: no usage: {}", instance.id(), e.getMessage());
        }
    }

    void attend(LiveInstance instance) {
        registry.change(instance, now -> {
            instance.attend(clock.instant());
            return Optional.of(now.counted(0, clock.instant()));
        });
    }

    void touch(LiveInstance instance) {
        registry.change(instance, now -> Optional.of(now.counted(0, clock.instant())));
    }

    private void stopIfIdle(LiveInstance instance, Duration idleTimeout) {
        Instant oldest = clock.instant().minus(idleTimeout);
        Optional<Instance> idle = registry.change(
                instance,
                now -> now.state() == InstanceState.READY && now.lastUsed().isBefore(oldest)
                        ? Optional.of(now.withState(InstanceState.STOPPING))
                        : Optional.empty());
        if (idle.isEmpty()) {
            return;
        }
        try {
            ends.end(instance, "was stopped: nobody used it for " + idleTimeout);
        } catch (CloudletException e) {
            LOG.warn("idle instance {}: {}", instance.id(), e.getMessage());
        }
    }

    private void forgetFailed() {
        List<LiveInstance> failed = new ArrayList<>(registry.all().stream()
                .filter(instance -> instance.state() == InstanceState.FAILED)
                .toList());
        Collections.reverse(failed);
        Instant oldest = clock.instant().minus(settings.get().keepFailed());
        for (int i = 0; i < failed.size(); i++) {
            LiveInstance instance = failed.get(i);
            Instant failedAt = instance.shown().failure().map(Failure::at).orElse(Instant.MIN);
            if (i >= settings.get().maxFailed() || failedAt.isBefore(oldest)) {
                ends.remove(instance, "was forgotten: it failed at " + failedAt);
            }
        }
    }
}
