package org.kdcloudlet.server.manager.page;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** How pages write values. */
public final class Format {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};
    private static final int HUNDRED = 100;

    private Format() {}

    /** A number of bytes in the largest binary unit that leaves at least one before the point. */
    public static String size(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
    }

    /** A time to the second, in UTC; the page shows it in the reader's zone. */
    public static String time(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString().replace('T', ' ').replace("Z", " UTC");
    }

    /** How long ago, in the largest unit of which there is one. */
    public static String age(Instant then) {
        Duration age = Duration.between(then, Instant.now());
        if (age.toDays() > 1) {
            return age.toDays() + " d";
        }
        if (age.toHours() > 1) {
            return age.toHours() + " h";
        }
        return age.toMinutes() > 1 ? age.toMinutes() + " min" : Math.max(0, age.toSeconds()) + " s";
    }

    /** A value of an enumeration in words. */
    public static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** A sentence in which names and values stand in back quotes, without these. */
    public static String withoutQuotes(String sentence) {
        return sentence.replace("`", "");
    }

    /** A number of things of a kind, e.g. {@code 1 instance} or {@code 2 instances}. */
    public static String count(int number, String kind) {
        return number + " " + (number == 1 ? kind : kind + "s");
    }

    /** A share of a whole in percent, 0 to 100. */
    public static int percent(long part, long whole) {
        return whole <= 0 ? 0 : (int) Math.max(0, Math.min(HUNDRED, part * HUNDRED / whole));
    }

    /** The style of a badge for a state. */
    public static String badge(Enum<?> state) {
        return switch (state.name()) {
            case "READY", "SUCCEEDED" -> "text-bg-success";
            case "FAILED" -> "text-bg-danger";
            case "PAUSED", "SUSPENDED", "POWERED_OFF", "CANCELLED" -> "text-bg-secondary";
            default -> "text-bg-info";
        };
    }
}
