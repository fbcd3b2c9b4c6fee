package org.kdcloudlet.server.network;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The processor time of a host of a {@link TestNetwork}, as busy as a test wants it to be. All hosts of such a network are one
 * machine with one {@code /proc/stat}; a program that is started by way of this has a mount namespace of its own, in which a
 * file of made-up figures is in that place. They go forward with the clock, as those of a kernel do, so the program measures
 * the load from them as it does on a real host.
 */
public final class HostLoadFiles implements AutoCloseable {
    private static final long PERIOD_MILLIS = 50;
    private static final int TICKS_PER_SECOND = 100;

    private final Path stat;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private double busy = 1000;
    private double idle = 1000;
    private double usage;
    private long last = System.nanoTime();

    /**
     * @param folder for the file
     * @param name of the host
     * @param percent how busy its processors are
     */
    public HostLoadFiles(Path folder, String name, double percent) {
        stat = folder.resolve(name + ".stat");
        usage = percent;
        tick();
        clock.scheduleWithFixedDelay(this::tick, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** From now on it is as busy as this. */
    public synchronized void usage(double percent) {
        usage = percent;
    }

    /** One short write in place, always as long, so that readers see the line as it was before or after. */
    private synchronized void tick() {
        long now = System.nanoTime();
        double ticks =
                (now - last) / 1e9 * TICKS_PER_SECOND * Runtime.getRuntime().availableProcessors();
        last = now;
        busy += ticks * usage / 100;
        idle += ticks * (1 - usage / 100);
        String line = "cpu  %015d 0 0 %015d 0 0 0 0 0 0%n".formatted((long) busy, (long) idle);
        try (RandomAccessFile file = new RandomAccessFile(stat.toFile(), "rw")) {
            file.write(line.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives a program on that host these figures. */
    public ProcessBuilder seenBy(ProcessBuilder program) {
        program.command()
                .addAll(
                        0,
                        List.of(
                                "bwrap",
                                "--dev-bind",
                                "/",
                                "/",
                                "--bind",
                                stat.toString(),
                                "/proc/stat",
                                "--cap-add",
                                "ALL"));
        return program;
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
