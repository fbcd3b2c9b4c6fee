package org.kdcloudlet.server.config;

import java.util.List;

/** The configuration cannot be used. Tells all that is wrong with it, not just the first thing. */
public final class ConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    public ConfigurationException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** One sentence each, beginning with where: file and line, or command-line option. */
    public List<String> problems() {
        return problems;
    }
}
