package org.kdcloudlet.server.app;

import java.util.Map;

/** Which Android an API level is (developer.android.com, "uses-sdk", API levels). */
final class AndroidVersions {
    /** Levels whose version is a number of its own; the later ones count up by themselves. */
    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(1, "1.0"),
            Map.entry(2, "1.1"),
            Map.entry(3, "1.5"),
            Map.entry(4, "1.6"),
            Map.entry(5, "2.0"),
            Map.entry(6, "2.0.1"),
            Map.entry(7, "2.1"),
            Map.entry(8, "2.2"),
            Map.entry(9, "2.3"),
            Map.entry(10, "2.3.3"),
            Map.entry(11, "3.0"),
            Map.entry(12, "3.1"),
            Map.entry(13, "3.2"),
            Map.entry(14, "4.0"),
            Map.entry(15, "4.0.3"),
            Map.entry(16, "4.1"),
            Map.entry(17, "4.2"),
            Map.entry(18, "4.3"),
            Map.entry(19, "4.4"),
            Map.entry(20, "4.4W"),
            Map.entry(21, "5.0"),
            Map.entry(22, "5.1"),
            Map.entry(23, "6.0"),
            Map.entry(24, "7.0"),
            Map.entry(25, "7.1"),
            Map.entry(26, "8.0"),
            Map.entry(27, "8.1"),
            Map.entry(28, "9"),
            Map.entry(29, "10"),
            Map.entry(30, "11"),
            Map.entry(31, "12"),
            Map.entry(32, "12L"),
            Map.entry(33, "13"),
            Map.entry(34, "14"),
            Map.entry(35, "15"),
            Map.entry(36, "16"));

    private AndroidVersions() {}

    /**
     * The version of an API level, e.g. {@code 4.1} for {@code 16}.
     *
     * @param level as the package has it; a level that is not known, or the code name of a preview, is its own version
     */
    static String of(String level) {
        return level.matches("[0-9]{1,9}") ? NAMES.getOrDefault(Integer.parseInt(level), "API " + level) : level;
    }
}
