package org.kdcloudlet.server.instance;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.server.background.Workers;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.instance.Instance.Failure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after instances in the background: stops the idle, forgets failed ones in time, and writes records that could not be
 * written. Connections are sampled at a hundredth of the idle timeout, between one and ten seconds; one that comes and
 * goes between two samples is not seen.
 */
final class InstanceKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(InstanceKeeper.class);
    private static final int SAMPLES = 100;
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private final InstanceRegistry registry;
    private final InstanceEnds ends;
    private final InstanceSettings settings;
    private final Clock clock;

    InstanceKeeper(InstanceRegistry registry, InstanceEnds ends, InstanceSettings settings, Clock clock) {
        this.registry = registry;
        this.ends = ends;
        this.settings = settings;
        this.clock = clock;
    }

    void begin(Workers workers) {
        Duration pause = settings.idleTimeout().dividedBy(SAMPLES);
        pause = pause.compareTo(SHORTEST) < 0 ? SHORTEST : pause;
        pause = pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
        workers.every(pause, "look after instances", this::look);
    }

    /** One round of everything. */
    void look() {
        if (!settings.idleTimeout().isZero()) {
            registry.all().forEach(this::sample);
            registry.all().forEach(this::stopIfIdle);
        }
        forgetFailed();
        registry.recordRest();
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

    void touch(LiveInstance instance) {
        registry.change(instance, now -> Optional.of(now.counted(0, clock.instant())));
    }

    private void stopIfIdle(LiveInstance instance) {
        Instant oldest = clock.instant().minus(settings.idleTimeout());
        Optional<Instance> idle = registry.change(
                instance,
                now -> now.state() == InstanceState.READY && now.lastUsed().isBefore(oldest)
                        ? Optional.of(now.withState(InstanceState.STOPPING))
                        : Optional.empty());
        if (idle.isEmpty()) {
            return;
        }
        try {
            ends.end(instance, "was stopped: nobody used it for " + settings.idleTimeout());
        } catch (CloudletException e) {
            LOG.warn("idle instance {}: {}", instance.id(), e.getMessage());
        }
    }

    private void forgetFailed() {
        List<LiveInstance> failed = new ArrayList<>(registry.all().stream()
                .filter(instance -> instance.state() == InstanceState.FAILED)
                .toList());
        Collections.reverse(failed);
        Instant oldest = clock.instant().minus(settings.keepFailed());
        for (int i = 0; i < failed.size(); i++) {
            LiveInstance instance = failed.get(i);
            Instant failedAt = instance.shown().failure().map(Failure::at).orElse(Instant.MIN);
            if (i >= settings.maxFailed() || failedAt.isBefore(oldest)) {
                ends.remove(instance, "was forgotten: it failed at " + failedAt);
            }
        }
    }
}
