package org.kdcloudlet.server.host;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How busy this host was in the last hour: samples taken in the background, the oldest of which give way. Safe for use by many threads. */
public final class LoadHistory implements AutoCloseable {
    /** Time between two samples. */
    public static final Duration PERIOD = Duration.ofSeconds(10);
    /** As many as an hour has. */
    static final int MOST = 360;

    private static final Logger log = LoggerFactory.getLogger(LoadHistory.class);

    private final Supplier<HostLoad> load;
    private final HostResources host;
    private final Clock clock;
    private final ScheduledFuture<?> sampling;
    private final Deque<Sample> samples = new ArrayDeque<>();

    /**
     * One moment.
     *
     * @param cpuPercent how busy all processors were, 0 to 100
     * @param memoryUsed bytes that cannot be given to new machines
     * @param memoryTotal bytes
     * @param diskUsed bytes that the server cannot write to the file system of its data directory any more
     * @param diskTotal bytes of that file system
     */
    public record Sample(
            Instant time, double cpuPercent, long memoryUsed, long memoryTotal, long diskUsed, long diskTotal) {}

    private LoadHistory(Supplier<HostLoad> load, HostResources host, Clock clock, ScheduledExecutorService scheduler) {
        this.load = load;
        this.host = host;
        this.clock = clock;
        this.sampling = scheduler.scheduleWithFixedDelay(this::sample, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Begins to take samples, the first at once. */
    public static LoadHistory start(
            Supplier<HostLoad> load, HostResources host, Clock clock, ScheduledExecutorService scheduler) {
        return new LoadHistory(load, host, clock, scheduler);
    }

    /** Oldest first, at most those of an hour. */
    public List<Sample> samples() {
        synchronized (samples) {
            return List.copyOf(samples);
        }
    }

    void sample() {
        try {
            HostLoad now = load.get();
            long total = host.diskTotal();
            Sample sample = new Sample(
                    clock.instant(),
                    now.usagePercent(),
                    Math.max(0, now.totalMemoryBytes() - now.freeMemoryBytes()),
                    now.totalMemoryBytes(),
                    Math.max(0, total - host.diskFree()),
                    total);
            synchronized (samples) {
                samples.add(sample);
                if (samples.size() > MOST) {
                    samples.remove();
                }
            }
        } catch (RuntimeException e) {
            log.warn("The load of this moment is not kept: {}", e.toString());
        }
    }

    @Override
    public void close() {
        sampling.cancel(false);
    }
}
