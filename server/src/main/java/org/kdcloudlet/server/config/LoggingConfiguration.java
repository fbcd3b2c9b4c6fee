package org.kdcloudlet.server.config;

/**
 * What is logged, to standard error.
 *
 * @param level the least important kind of event that is logged
 * @param format what a line looks like
 */
public record LoggingConfiguration(Level level, Format format) {
    static LoggingConfiguration read(Section section) {
        return new LoggingConfiguration(
                section.live().choice("level", Level.INFO), section.choice("format", Format.TEXT));
    }

    /** Kinds of events, from the most to the least important. */
    public enum Level {
        ERROR,
        WARN,
        INFO,
        DEBUG
    }

    /** What lines look like. */
    public enum Format {
        /** For people: time, level, class and message. */
        TEXT,
        /** For programs: a JSON object on each line. */
        JSON
    }
}
