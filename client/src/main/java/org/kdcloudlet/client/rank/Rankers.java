package org.kdcloudlet.client.rank;

import org.kdcloudlet.client.SystemInfo;

/** The rankers that come with the library. The first three rank as the stock client does, so that choices agree. */
public final class Rankers {
    private static final double MIB = 1024.0 * 1024.0;
    private static final double NANOS_PER_MILLI = 1e6;
    /** A cloudlet this many milliseconds away counts half of one next to us with the same free capacity. */
    private static final double HALF_AT_MILLIS = 20;
    /** Less free memory than this counts proportionally less: a Service VM may not fit. */
    private static final double ENOUGH_MIB = 1024;

    private Rankers() {}

    /**
     * By free CPU: {@code max_cores * 100 - usage}.
     *
     * @return the stock client's CpuBasedRanker
     */
    public static Ranker freeCpu() {
        return candidate -> freeCpu(candidate.system());
    }

    /**
     * By free CPU performance: {@code (max_cores * 100 - usage) * speed}.
     *
     * @return the stock client's CpuPerformanceRanker
     */
    public static Ranker cpuPerformance() {
        return candidate -> freeCpu(candidate.system()) * candidate.system().speed();
    }

    /**
     * By free memory, in MiB.
     *
     * @return the stock client's MemoryPerformanceRanker
     */
    public static Ranker freeMemory() {
        return candidate -> candidate.system().freeMemory() / MIB;
    }

    /**
     * By nearness: {@code 1000 / (1 + latency in ms)}.
     *
     * @return the nearest is best, however busy
     */
    public static Ranker latency() {
        return candidate -> 1000 / (1 + millis(candidate));
    }

    /**
     * The default, by what a device gets: free CPU performance ({@code max_cores * (100 - usage) * speed}, with usage as the
     * average of all cores, as the device API defines it), times {@code 1 / (1 + latency / 20 ms)}, times the free memory in
     * GiB if that is less than 1.
     *
     * @return capacity and nearness combined
     */
    public static Ranker balanced() {
        return candidate -> {
            SystemInfo system = candidate.system();
            double capacity = system.cores() * (100 - system.usage()) * system.speed();
            double nearness = 1 / (1 + millis(candidate) / HALF_AT_MILLIS);
            double room = Math.min(1, system.freeMemory() / MIB / ENOUGH_MIB);
            return capacity * nearness * room;
        };
    }

    private static double freeCpu(SystemInfo system) {
        return system.cores() * 100.0 - system.usage();
    }

    private static double millis(Candidate candidate) {
        return candidate.latency().toNanos() / NANOS_PER_MILLI;
    }
}
