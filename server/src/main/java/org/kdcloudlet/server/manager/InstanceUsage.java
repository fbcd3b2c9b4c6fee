package org.kdcloudlet.server.manager;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.kdcloudlet.hypervisor.MachineUsage;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.instance.Instance;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.manager.page.Rows.Usage;
import org.kdcloudlet.server.manager.page.UsageFigures;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What machines use, as it was when {@link #sample} was last called; so that no page waits for machines. Safe for use by many threads. */
final class InstanceUsage implements UsageFigures {
    private static final Logger log = LoggerFactory.getLogger(InstanceUsage.class);
    private static final double PERCENT = 100;

    private final Instances instances;
    private final Map<UUID, Sample> samples = new ConcurrentHashMap<>();

    private record Sample(long nanos, Duration cpuTime, Usage usage) {}

    InstanceUsage(Instances instances) {
        this.instances = instances;
    }

    @Override
    public Optional<Usage> of(UUID id) {
        return Optional.ofNullable(samples.get(id)).map(Sample::usage);
    }

    /** Measures every instance that runs. */
    void sample() {
        Map<UUID, Sample> taken = new ConcurrentHashMap<>();
        for (Instance instance : instances.list()) {
            if (instance.state().isUp()) {
                measure(instance.id()).ifPresent(sample -> taken.put(instance.id(), sample));
            }
        }
        samples.keySet().retainAll(taken.keySet());
        samples.putAll(taken);
    }

    private Optional<Sample> measure(UUID id) {
        try {
            MachineUsage usage = instances.usage(id);
            long now = System.nanoTime();
            Sample last = samples.get(id);
            double percent = last == null
                    ? 0
                    : PERCENT * usage.cpuTime().minus(last.cpuTime()).toNanos() / Math.max(1, now - last.nanos());
            return Optional.of(new Sample(
                    now, usage.cpuTime(), new Usage((int) Math.round(Math.max(0, percent)), usage.privateBytes())));
        } catch (CloudletException stoppedMeanwhile) {
            log.debug("No usage of instance {}: {}", id, stoppedMeanwhile.getMessage());
            return Optional.empty();
        }
    }
}
