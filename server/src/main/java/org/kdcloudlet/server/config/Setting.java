package org.kdcloudlet.server.config;

/**
 * A key that may be configured, as declared by the record that reads it.
 *
 * @param key section and name, e.g. {@code device-api.port}
 * @param kind how its value is written
 * @param defaultValue the default as it would be written in the file
 * @param rule what a value must be, to go on after "must be"
 * @param live whether it may be changed while the server runs
 */
public record Setting(String key, Kind kind, String defaultValue, String rule, boolean live) {
    /** How values are written. */
    public enum Kind {
        /** A whole number. */
        NUMBER,
        /** {@code true} or {@code false}. */
        FLAG,
        /** In quotes: a text, a duration, a size, an address or one of several words. */
        TEXT,
        /** Texts in brackets. */
        LIST
    }

    /** The first part of the key. */
    public String section() {
        return key.substring(0, key.indexOf('.'));
    }

    /** What follows the section. */
    public String name() {
        return key.substring(key.indexOf('.') + 1);
    }

    /** The default without quotes. */
    public String plainDefault() {
        return kind == Kind.TEXT ? defaultValue.substring(1, defaultValue.length() - 1) : defaultValue;
    }

    /** What a text that somebody typed stands for; one that does not fit stays a text, which its record refuses by the rule. */
    Object parse(String text) {
        if (kind == Kind.NUMBER && text.matches("-?[0-9]{1,18}")) {
            return Long.valueOf(text);
        }
        if (kind == Kind.FLAG && (text.equals("true") || text.equals("false"))) {
            return Boolean.valueOf(text);
        }
        return text;
    }
}
