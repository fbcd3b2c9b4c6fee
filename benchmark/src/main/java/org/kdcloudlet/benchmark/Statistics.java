package org.kdcloudlet.benchmark;

import java.util.List;

/** Order statistics of samples, by the nearest-rank method; the median of an even number is the mean of the middle two. */
final class Statistics {
    private Statistics() {}

    static double median(List<Double> samples) {
        List<Double> sorted = sorted(samples);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** The smallest sample that at least {@code percent} of all samples do not exceed. */
    static double percentile(List<Double> samples, double percent) {
        List<Double> sorted = sorted(samples);
        int rank = (int) Math.ceil(percent / 100 * sorted.size());
        return sorted.get(Math.max(rank, 1) - 1);
    }

    private static List<Double> sorted(List<Double> samples) {
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("no samples");
        }
        return samples.stream().sorted().toList();
    }
}
