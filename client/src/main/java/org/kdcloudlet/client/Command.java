package org.kdcloudlet.client;

import java.io.UnsupportedEncodingException;
import java.net.URLEncoder;
import java.util.LinkedHashMap;
import java.util.Map;

/** One command of the device API: a path below {@code /api} and parameters (spec/device-api.md). Not thread-safe. */
final class Command {
    private final String path;
    private final boolean repeatable;
    private final Map<String, String> parameters = new LinkedHashMap<>();

    private Command(String path, boolean repeatable) {
        this.path = path;
        this.repeatable = repeatable;
    }

    /** One that changes nothing. */
    static Command read(String path) {
        return new Command(path, true);
    }

    /** One that must not be sent twice. */
    static Command act(String path) {
        return new Command(path, false);
    }

    /** @param value of which encrypted mode cannot send {@code &}, and no mode should send control characters */
    Command with(String name, String value) {
        if (value.isEmpty() || value.indexOf('&') >= 0 || value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "The parameter " + name + " is empty or has characters that are not allowed.");
        }
        parameters.put(name, value);
        return this;
    }

    boolean isRepeatable() {
        return repeatable;
    }

    /** The path with its query, for plain mode. */
    String plain() {
        StringBuilder text = new StringBuilder("/api").append(path);
        char separator = '?';
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            text.append(separator).append(parameter.getKey()).append('=').append(encode(parameter.getValue()));
            separator = '&';
        }
        return text.toString();
    }

    /** The plaintext of encrypted mode. */
    String inner() {
        StringBuilder text = new StringBuilder(path);
        parameters.forEach(
                (name, value) -> text.append('&').append(name).append('=').append(value));
        return text.toString();
    }

    static String encode(String value) {
        try {
            return URLEncoder.encode(value, "UTF-8");
        } catch (UnsupportedEncodingException e) {
            throw new IllegalStateException("every Java has UTF-8", e);
        }
    }
}
