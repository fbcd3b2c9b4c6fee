package org.kdcloudlet.server.config;

/**
 * A key that may be configured, as declared by the record that reads it.
 *
 * @param key section and name, e.g. {@code device-api.port}
 * @param defaultValue the default as it would be written in the file
 */
public record Setting(String key, String defaultValue) {}
