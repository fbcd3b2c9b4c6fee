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
    private final boolean live;

    Section(String name, Document document) {
        this(name, document, false);
    }

    private Section(String name, Document document, boolean live) {
        this.name = name;
        this.document = document;
        this.live = live;
    }

    /** The same for keys that may be changed while the server runs: whoever uses the value asks for it each time. */
    Section live() {
        return new Section(name, document, true);
    }

    int integer(String key, int defaultValue, int min, int max) {
        String expected = "a whole number from " + min + " to " + max;
        declare(key, Setting.Kind.NUMBER, Integer.toString(defaultValue), expected);
        return read(key, expected, value -> {
                    boolean fits = value instanceof Number number
                            && number.doubleValue() == number.longValue()
                            && number.longValue() >= min
                            && number.longValue() <= max;
                    return fits ? Optional.of(((Number) value).intValue()) : Optional.empty();
                })
                .orElse(defaultValue);
    }

    boolean flag(String key, boolean defaultValue) {
        String expected = "true or false";
        declare(key, Setting.Kind.FLAG, Boolean.toString(defaultValue), expected);
        return read(
                        key,
                        expected,
                        value -> value instanceof Boolean flag ? Optional.of(flag) : Optional.<Boolean>empty())
                .orElse(defaultValue);
    }

    String text(String key, String defaultValue, String pattern, String expected) {
        declare(key, Setting.Kind.TEXT, quoted(defaultValue), expected);
        return read(key, expected, value -> text(value).filter(text -> text.matches(pattern)))
                .orElse(defaultValue);
    }

    List<String> texts(String key, String pattern, String expected) {
        String expectedList = "a list, each of it " + expected;
        declare(key, Setting.Kind.LIST, "[]", expectedList);
        return read(key, expectedList, value -> {
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
        Duration lowest = Units.duration(min).orElseThrow();
        Duration highest = Units.duration(max).orElseThrow();
        String expected = "a duration with its unit, \"" + min + "\" to \"" + max + "\"";
        declare(key, Setting.Kind.TEXT, quoted(defaultValue), expected);
        return read(key, expected, value -> text(value)
                        .flatMap(Units::duration)
                        .filter(read -> read.compareTo(lowest) >= 0 && read.compareTo(highest) <= 0))
                .orElseGet(() -> Units.duration(defaultValue).orElseThrow());
    }

    long size(String key, String defaultValue, String min, String max) {
        long lowest = Units.size(min).orElseThrow();
        long highest = Units.size(max).orElseThrow();
        String expected = "a size with its unit, \"" + min + "\" to \"" + max + "\"";
        declare(key, Setting.Kind.TEXT, quoted(defaultValue), expected);
        return read(key, expected, value -> text(value)
                        .flatMap(Units::size)
                        .filter(read -> read >= lowest && read <= highest))
                .orElseGet(() -> Units.size(defaultValue).orElseThrow());
    }

    <E extends Enum<E>> E choice(String key, E defaultValue) {
        E[] all = defaultValue.getDeclaringClass().getEnumConstants();
        String expected =
                "one of " + Stream.of(all).map(one -> quoted(lower(one))).collect(Collectors.joining(", "));
        declare(key, Setting.Kind.TEXT, quoted(lower(defaultValue)), expected);
        return read(key, expected, value -> text(value).flatMap(text -> Stream.of(all)
                        .filter(one -> lower(one).equals(text))
                        .findFirst()))
                .orElse(defaultValue);
    }

    /** An IP address, not a name: names would be looked up. */
    InetAddress address(String key, String defaultValue) {
        declare(key, Setting.Kind.TEXT, quoted(defaultValue), "an IP address");
        return read(key, "an IP address", value -> text(value).flatMap(Section::parseAddress))
                .orElseGet(() -> parseAddress(defaultValue).orElseThrow());
    }

    /** An IP address, or empty when the text is empty, which is the default. */
    Optional<InetAddress> optionalAddress(String key) {
        String expected = "an IP address or \"\"";
        declare(key, Setting.Kind.TEXT, quoted(""), expected);
        return read(key, expected, value -> text(value)
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

    private void declare(String key, Setting.Kind kind, String defaultValue, String rule) {
        document.declare(new Setting(name + "." + key, kind, defaultValue, rule, live));
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
