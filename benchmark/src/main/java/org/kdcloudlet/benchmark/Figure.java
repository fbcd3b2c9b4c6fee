package org.kdcloudlet.benchmark;

import java.util.List;
import java.util.OptionalDouble;

/**
 * One figure beside its floor.
 *
 * @param name e.g. {@code start.clone}
 * @param unit of value and floor, e.g. {@code ms}
 * @param summary how samples become one number, e.g. the median
 * @param samples of what the product does, in the order taken
 * @param floorSamples of the floor, interleaved with the samples
 * @param limit the bound of value / floor; empty when the figure is only reported
 * @param direction which side of the limit passes
 */
record Figure(
        String name,
        String unit,
        Summary summary,
        List<Double> samples,
        List<Double> floorSamples,
        OptionalDouble limit,
        Direction direction) {

    /** How samples become one number. */
    interface Summary {
        double of(List<Double> samples);
    }

    /** Which side of the limit passes. */
    enum Direction {
        AT_MOST,
        AT_LEAST
    }

    Figure {
        samples = List.copyOf(samples);
        floorSamples = List.copyOf(floorSamples);
    }

    static Figure atMost(
            String name, String unit, Summary summary, List<Double> samples, List<Double> floors, double limit) {
        return new Figure(name, unit, summary, samples, floors, OptionalDouble.of(limit), Direction.AT_MOST);
    }

    static Figure atLeast(
            String name, String unit, Summary summary, List<Double> samples, List<Double> floors, double limit) {
        return new Figure(name, unit, summary, samples, floors, OptionalDouble.of(limit), Direction.AT_LEAST);
    }

    static Figure reported(String name, String unit, Summary summary, List<Double> samples, List<Double> floors) {
        return new Figure(name, unit, summary, samples, floors, OptionalDouble.empty(), Direction.AT_MOST);
    }

    double value() {
        return summary.of(samples);
    }

    double floor() {
        return summary.of(floorSamples);
    }

    double ratio() {
        return value() / floor();
    }

    boolean pass() {
        if (limit.isEmpty()) {
            return true;
        }
        return switch (direction) {
            case AT_MOST -> ratio() <= limit.getAsDouble();
            case AT_LEAST -> ratio() >= limit.getAsDouble();
        };
    }
}
