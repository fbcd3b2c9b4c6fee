package org.kdcloudlet.server.config;

/**
 * What is logged, to standard error.
 *
 * @param level the least important kind of event that is logged
 */
public record LoggingConfiguration(Level level) {
    static LoggingConfiguration read(Section section) {
        return new LoggingConfiguration(section.live().choice("level", Level.INFO));
    }

    /** Kinds of events, from the most to the least important. */
    public enum Level {
        ERROR,
        WARN,
        INFO,
        DEBUG
    }
}
