package org.kdcloudlet.server.manager.page;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A form for a service or an app, as it was filled in.
 *
 * @param values from field to what is in it
 * @param problems what is wrong with it, field and message; none before it was sent
 */
public record ServiceForm(Map<String, String> values, List<Map.Entry<String, String>> problems) {
    private static final Map<String, String> LABELS = Map.ofEntries(
            Map.entry("service_id", "Service id"),
            Map.entry("version", "Version"),
            Map.entry("description", "Description"),
            Map.entry("ports", "Ports"),
            Map.entry("tags", "Tags"),
            Map.entry("probe", "Ready when"),
            Map.entry("probe_path", "HTTP path"),
            Map.entry("memory_mib", "Memory, MiB"),
            Map.entry("cpus", "Processors"),
            Map.entry("os_family", "Operating system"),
            Map.entry("firmware", "Firmware"),
            Map.entry("num_users", "Users who share an instance"),
            Map.entry("pool_size", "Instances kept waiting"),
            Map.entry("ready_deadline_seconds", "Longest boot, seconds"),
            Map.entry("device_set", "Devices"),
            Map.entry("network", "The guest may reach"),
            Map.entry("cloned", "Instances are"),
            Map.entry("warm_ups", "Warm-up requests"),
            Map.entry("image", "Disk image"));

    public ServiceForm {
        values = Map.copyOf(values);
        problems = List.copyOf(problems);
    }

    /** What a field is called in the page; its name in the admin REST API where it is not in the form. */
    public static String label(String field) {
        return LABELS.getOrDefault(field, field);
    }

    /** Whether something is wrong with any of these fields. */
    public boolean isWrong(List<String> fields) {
        return problems.stream().anyMatch(problem -> fields.contains(problem.getKey()));
    }

    public String value(String field) {
        return values.getOrDefault(field, "");
    }

    public boolean is(String field, String value) {
        return value(field).equals(value);
    }

    /** The style of a field, by whether something is wrong with it. */
    public String style(String field) {
        return problems.stream().anyMatch(problem -> problem.getKey().equals(field)) ? "is-invalid" : "";
    }

    /** What is wrong with a field, in a sentence; empty when nothing. */
    public String problem(String field) {
        return problems.stream()
                .filter(problem -> problem.getKey().equals(field))
                .map(Map.Entry::getValue)
                .distinct()
                .collect(Collectors.joining("; "));
    }

    public String invalid(String field) {
        return style(field).isEmpty() ? null : "true";
    }
}
