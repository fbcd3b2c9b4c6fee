package org.kdcloudlet.server.setting;

import java.time.Instant;

/**
 * A value that somebody set while the server ran.
 *
 * @param key e.g. {@code instances.max}
 * @param text as it was typed
 * @param by the name of who set it
 */
public record LiveValue(String key, String text, String by, Instant at) {}
