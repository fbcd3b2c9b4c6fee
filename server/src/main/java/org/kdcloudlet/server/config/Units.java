package org.kdcloudlet.server.config;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations and sizes as people write them: {@code 500ms}, {@code 30s}, {@code 15m}, {@code 512MiB}. */
public final class Units {
    private static final Pattern QUANTITY = Pattern.compile("([0-9]{1,12})\\s?([a-zA-Z]{1,3})");
    private static final Map<String, Duration> DURATIONS = Map.of(
            "ms", Duration.ofMillis(1),
            "s", Duration.ofSeconds(1),
            "m", Duration.ofMinutes(1),
            "h", Duration.ofHours(1),
            "d", Duration.ofDays(1));
    private static final Map<String, Long> SIZES =
            Map.of("B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30, "TiB", 1L << 40);

    private Units() {}

    /** Empty when the text is not a whole number with one of the units ms, s, m, h, d. */
    public static Optional<Duration> duration(String text) {
        Matcher matcher = QUANTITY.matcher(text);
        if (!matcher.matches() || !DURATIONS.containsKey(matcher.group(2))) {
            return Optional.empty();
        }
        return Optional.of(DURATIONS.get(matcher.group(2)).multipliedBy(Long.parseLong(matcher.group(1))));
    }

    /** Bytes; empty when the text is not a whole number with one of the units B, KiB, MiB, GiB, TiB, or too large. */
    public static Optional<Long> size(String text) {
        Matcher matcher = QUANTITY.matcher(text);
        if (!matcher.matches() || !SIZES.containsKey(matcher.group(2))) {
            return Optional.empty();
        }
        long count = Long.parseLong(matcher.group(1));
        long unit = SIZES.get(matcher.group(2));
        return count > Long.MAX_VALUE / unit ? Optional.empty() : Optional.of(count * unit);
    }

    /** The shortest exact way to write a duration, e.g. {@code 15m}. */
    public static String format(Duration duration) {
        long millis = duration.toMillis();
        if (millis == 0) {
            return "0s";
        }
        for (String unit : new String[] {"d", "h", "m", "s"}) {
            long inUnit = DURATIONS.get(unit).toMillis();
            if (millis % inUnit == 0) {
                return millis / inUnit + unit;
            }
        }
        return millis + "ms";
    }

    /** The shortest exact way to write a size, e.g. {@code 512MiB}. */
    public static String format(long bytes) {
        for (String unit : new String[] {"TiB", "GiB", "MiB", "KiB"}) {
            long inUnit = SIZES.get(unit);
            if (bytes > 0 && bytes % inUnit == 0) {
                return bytes / inUnit + unit;
            }
        }
        return bytes + "B";
    }
}
