package org.kdcloudlet.server.manager.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * An answer in the text format 0.0.4 of Prometheus, read strictly.
 *
 * @param samples value by name and labels as they are written
 */
record PrometheusText(Map<String, Double> samples) {
    private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\"";
    private static final Pattern SAMPLE = Pattern.compile(
            "(([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{" + LABEL + "(?:," + LABEL + ")*,?\\})?) (NaN|[+-]Inf|[-+0-9.eE]+)");
    private static final Pattern COMMENT =
            Pattern.compile("# (?:HELP [a-zA-Z_:][a-zA-Z0-9_:]* .*|TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*)"
                    + " (?:counter|gauge|histogram|summary|untyped))");

    /** Fails on a line that is not of the format, and on what is there twice. */
    static PrometheusText parse(String text) {
        assertThat(text).endsWith("\n");
        Map<String, Double> samples = new HashMap<>();
        Set<String> types = new HashSet<>();
        for (String line : text.split("\n")) {
            Matcher comment = COMMENT.matcher(line);
            Matcher sample = SAMPLE.matcher(line);
            if (comment.matches()) {
                assertThat(comment.group(1) == null || types.add(comment.group(1)))
                        .as("said twice: %s", line)
                        .isTrue();
            } else {
                assertThat(sample.matches())
                        .as("a line of the format: %s", line)
                        .isTrue();
                String value = sample.group(3).replace("Inf", "Infinity");
                assertThat(samples.put(sample.group(1), Double.valueOf(value)))
                        .as("said twice: %s", line)
                        .isNull();
            }
        }
        return new PrometheusText(samples);
    }

    /** The value of a sample; 0 when it is not there, as Prometheus takes the first increase of a counter. */
    double of(String sample) {
        return samples.getOrDefault(sample, 0.0);
    }

    Set<String> names() {
        return samples.keySet().stream()
                .map(name -> name.replaceFirst("\\{.*", ""))
                .collect(Collectors.toSet());
    }
}
