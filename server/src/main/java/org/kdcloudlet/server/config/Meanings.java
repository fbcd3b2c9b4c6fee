package org.kdcloudlet.server.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/** What each key of the configuration means, in the words of {@code docs/reference/configuration.md}. */
public final class Meanings {
    private final Properties words = new Properties();

    public Meanings() {
        try (InputStream file = Meanings.class.getResourceAsStream("meanings.properties")) {
            words.load(new InputStreamReader(file, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("The meanings of settings cannot be read", e);
        }
    }

    /** One or more sentences, in which names and values stand in back quotes. */
    public String of(Setting setting) {
        return words.getProperty(setting.key(), "");
    }
}
