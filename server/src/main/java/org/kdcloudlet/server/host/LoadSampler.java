package org.kdcloudlet.server.host;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures the host's load in the background, so that asking for it costs nothing. What cannot be measured keeps its last
 * value.
 */
public final class LoadSampler implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LoadSampler.class);
    /** The wire wants less than 100. */
    private static final double HIGHEST_USAGE = 99.9;

    private final ProcFiles files;
    private final ScheduledFuture<?> sampling;
    private ProcFiles.CpuTime last;
    private boolean failing;
    private volatile HostLoad load;

    private LoadSampler(ProcFiles files, ScheduledExecutorService scheduler, Duration period) {
        this.files = files;
        this.last = new ProcFiles.CpuTime(0, 0);
        this.load =
                new HostLoad(0, 0, Runtime.getRuntime().availableProcessors(), 0, files.speedMhz(), files.cacheKib());
        sample();
        sampling = scheduler.scheduleWithFixedDelay(
                this::sample, period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Samples this host once a period; the first usage is the average since the host started. */
    public static LoadSampler start(ScheduledExecutorService scheduler, Duration period) {
        return start(Path.of("/"), scheduler, period);
    }

    static LoadSampler start(Path root, ScheduledExecutorService scheduler, Duration period) {
        return new LoadSampler(new ProcFiles(root), scheduler, period);
    }

    /** The last sample. */
    public HostLoad load() {
        return load;
    }

    synchronized void sample() {
        try {
            ProcFiles.CpuTime now = files.cpuTime();
            double usage = Math.min(HIGHEST_USAGE, Math.round(now.usageSince(last) * 10) / 10.0);
            last = now;
            load = new HostLoad(
                    files.memoryBytes("MemTotal"),
                    files.memoryBytes("MemAvailable"),
                    Runtime.getRuntime().availableProcessors(),
                    usage,
                    files.speedMhz(),
                    load.cacheKib());
            failing = false;
        } catch (IOException | NumberFormatException e) {
            if (!failing) {
                log.warn("The host's load cannot be measured: {}", e.toString());
                failing = true;
            }
        }
    }

    @Override
    public void close() {
        sampling.cancel(false);
    }
}
