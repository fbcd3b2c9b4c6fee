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
    public ServiceForm {
        values = Map.copyOf(values);
        problems = List.copyOf(problems);
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
