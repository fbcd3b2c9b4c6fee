package org.kdcloudlet.fuzzing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** How many inputs each target gets: {@code budgets.properties}. */
final class Budgets {
    /** Whether the long tests are run: when their group is not left out. */
    private static final String EXCLUDED_GROUPS = "cloudlet.excluded.groups";

    private final Map<String, Budget> byTarget = new TreeMap<>();

    /**
     * Of one target.
     *
     * @param ordinary inputs in the run that every change has to pass
     * @param whenLong inputs in a run with the long tests
     */
    record Budget(int ordinary, int whenLong) {}

    Budgets() {
        Properties lines = new Properties();
        try (InputStream file = Budgets.class.getResourceAsStream("budgets.properties")) {
            lines.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        lines.stringPropertyNames().forEach(target -> {
            String[] counts = lines.getProperty(target).strip().split(" ");
            byTarget.put(target, new Budget(Integer.parseInt(counts[0]), Integer.parseInt(counts[1])));
        });
    }

    Map<String, Budget> byTarget() {
        return byTarget;
    }

    /** Inputs of a target in this run. */
    int inputs(String target) {
        Budget budget = byTarget.get(target);
        if (budget == null) {
            throw new IllegalArgumentException("budgets.properties has no " + target);
        }
        return "long".equals(System.getProperty(EXCLUDED_GROUPS, "long")) ? budget.ordinary() : budget.whenLong();
    }
}
