package org.kdcloudlet.server.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One section of the configuration while a record reads itself from it. Each call declares a key with its default and bounds;
 * what is wrong is noted and the default used, so that one run finds all that is wrong.
 */
final class Section {
    private static final String IP_LITERAL = "[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*";

    private final String name;
    private final Document document;

    Section(String name, Document document) {
        this.name = name;
        this.document = document;
    }

    int integer(String key, int defaultValue, int min, int max) {
        declare(key, Integer.toString(defaultValue));
        return read(key, "a whole number from " + min + " to " + max, value -> {
                    boolean fits = value instanceof Number number
                            && number.doubleValue() == number.longValue()
                            && number.longValue() >= min
                            && number.longValue() <= max;
                    return fits ? Optional.of(((Number) value).intValue()) : Optional.empty();
                })
                .orElse(defaultValue);
    }

    boolean flag(String key, boolean defaultValue) {
        declare(key, Boolean.toString(defaultValue));
        return read(
                        key,
                        "true or false",
                        value -> value instanceof Boolean flag ? Optional.of(flag) : Optional.<Boolean>empty())
                .orElse(defaultValue);
    }

    String text(String key, String defaultValue, String pattern, String expected) {
        declare(key, quoted(defaultValue));
        return read(key, expected, value -> text(value).filter(text -> text.matches(pattern)))
                .orElse(defaultValue);
    }

    List<String> texts(String key, String pattern, String expected) {
        declare(key, "[]");
        return read(key, "a list, each of it " + expected, value -> {
                    if (!(value instanceof List<?> list)) {
                        return Optional.<List<String>>empty();
                    }
                    List<String> texts = new ArrayList<>();
                    list.forEach(item ->
                            text(item).filter(text -> text.matches(pattern)).ifPresent(texts::add));
                    return texts.size() == list.size() ? Optional.of(List.copyOf(texts)) : Optional.empty();
                })
                .orElse(List.of());
    }

    Duration duration(String key, String defaultValue, String min, String max) {
        declare(key, quoted(defaultValue));
        Duration lowest = Units.duration(min).orElseThrow();
        Duration highest = Units.duration(max).orElseThrow();
        String expected = "a duration with its unit, \"" + min + "\" to \"" + max + "\"";
        return read(key, expected, value -> text(value)
                        .flatMap(Units::duration)
                        .filter(read -> read.compareTo(lowest) >= 0 && read.compareTo(highest) <= 0))
                .orElseGet(() -> Units.duration(defaultValue).orElseThrow());
    }

    long size(String key, String defaultValue, String min, String max) {
        declare(key, quoted(defaultValue));
        long lowest = Units.size(min).orElseThrow();
        long highest = Units.size(max).orElseThrow();
        String expected = "a size with its unit, \"" + min + "\" to \"" + max + "\"";
        return read(key, expected, value -> text(value)
                        .flatMap(Units::size)
                        .filter(read -> read >= lowest && read <= highest))
                .orElseGet(() -> Units.size(defaultValue).orElseThrow());
    }

    <E extends Enum<E>> E choice(String key, E defaultValue) {
        declare(key, quoted(lower(defaultValue)));
        E[] all = defaultValue.getDeclaringClass().getEnumConstants();
        String expected =
                "one of " + Stream.of(all).map(one -> quoted(lower(one))).collect(Collectors.joining(", "));
        return read(key, expected, value -> text(value).flatMap(text -> Stream.of(all)
                        .filter(one -> lower(one).equals(text))
                        .findFirst()))
                .orElse(defaultValue);
    }

    /** An IP address, not a name: names would be looked up. */
    InetAddress address(String key, String defaultValue) {
        declare(key, quoted(defaultValue));
        return read(key, "an IP address", value -> text(value).flatMap(Section::parseAddress))
                .orElseGet(() -> parseAddress(defaultValue).orElseThrow());
    }

    /** An IP address, or empty when the text is empty, which is the default. */
    Optional<InetAddress> optionalAddress(String key) {
        declare(key, "\"\"");
        return read(key, "an IP address or \"\"", value -> text(value)
                        .flatMap(text -> text.isEmpty()
                                ? Optional.of(Optional.<InetAddress>empty())
                                : parseAddress(text).map(Optional::of)))
                .orElse(Optional.empty());
    }

    /** Notes that a value, though well formed, does not go together with others. */
    void problem(String key, String sentence) {
        document.problem(name, key, sentence);
    }

    private <T> Optional<T> read(String key, String expected, Function<Object, Optional<T>> parse) {
        Optional<Object> value = document.take(name, key);
        Optional<T> parsed = value.flatMap(parse);
        if (value.isPresent() && parsed.isEmpty()) {
            problem(key, "must be " + expected + ", not " + Document.shown(value.get()));
        }
        return parsed;
    }

    private void declare(String key, String defaultValue) {
        document.declare(new Setting(name + "." + key, defaultValue));
    }

    private static Optional<String> text(Object value) {
        return value instanceof String text ? Optional.of(text) : Optional.empty();
    }

    private static Optional<InetAddress> parseAddress(String text) {
        if (!text.matches(IP_LITERAL)) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(text));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }
}
