package org.kdcloudlet.server.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What was configured, section by section, and what is wrong with it. Values that nobody takes are unknown keys. */
final class Document {
    private static final int SHOWN_CHARACTERS = 60;

    private final Map<String, Map<String, Value>> sections = new LinkedHashMap<>();
    private final List<Setting> settings = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    /**
     * A configured value.
     *
     * @param value string, number, boolean or list of these
     * @param source where it was said
     * @param taken whether a record has read it
     */
    record Value(Object value, Source source, boolean taken) {}

    /**
     * Where a value was said.
     *
     * @param place for people, e.g. {@code cloudlet.toml:12}; empty where the kind says it all
     */
    record Source(SettingValue.Origin origin, String place) {}

    /** Sets a value; a later one replaces an earlier one. */
    void put(String section, String key, Object value, Source source) {
        sections.computeIfAbsent(section, name -> new LinkedHashMap<>()).put(key, new Value(value, source, false));
    }

    /** Says the same, with the same problems, in another document. */
    void copyTo(Document other) {
        sections.forEach((section, values) ->
                values.forEach((key, value) -> other.put(section, key, value.value(), value.source())));
        other.problems.addAll(problems);
    }

    Optional<Object> take(String section, String key) {
        Map<String, Value> values = sections.getOrDefault(section, Map.of());
        if (!values.containsKey(key)) {
            return Optional.empty();
        }
        Value found = values.get(key);
        values.put(key, new Value(found.value(), found.source(), true));
        return Optional.of(found.value());
    }

    void declare(Setting setting) {
        settings.add(setting);
    }

    /** Notes a problem that no single key of a section has. */
    void problem(String sentence) {
        problems.add(sentence);
    }

    void problem(String section, String key, String sentence) {
        Value value = sections.getOrDefault(section, Map.of()).get(key);
        problems.add((value == null ? "" : prefix(value)) + section + "." + key + " " + sentence);
    }

    List<Setting> settings() {
        return List.copyOf(settings);
    }

    /** @throws ConfigurationException if anything is wrong or left over */
    void requireSound() {
        sections.forEach((section, values) -> values.forEach((key, value) -> {
            if (!value.taken()) {
                problems.add(prefix(value) + printable(section + "." + key) + " is not a known key");
            }
        }));
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
    }

    private static String prefix(Value value) {
        return value.source().place().isEmpty() ? "" : value.source().place() + ": ";
    }

    /** All that can be configured, with what holds. */
    List<SettingValue> values() {
        return settings.stream().map(this::value).toList();
    }

    private SettingValue value(Setting setting) {
        Optional<Value> said = Optional.ofNullable(
                sections.getOrDefault(setting.section(), Map.of()).get(setting.name()));
        return said.map(value -> new SettingValue(
                        setting,
                        written(value.value()),
                        value.source().origin(),
                        value.source().origin() == SettingValue.Origin.FILE
                                ? value.source().place()
                                : ""))
                .orElseGet(() -> new SettingValue(setting, setting.plainDefault(), SettingValue.Origin.DEFAULT, ""));
    }

    private static String written(Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(item -> "\"" + item + "\"").collect(Collectors.joining(", ", "[", "]"));
        }
        return String.valueOf(value);
    }

    /** A value as an error message shows it: on one line, of bounded length. */
    static String shown(Object value) {
        return value instanceof String ? '"' + printable((String) value) + '"' : printable(String.valueOf(value));
    }

    static String printable(String text) {
        String safe = text.replaceAll("\\p{Cntrl}", "?");
        return safe.length() <= SHOWN_CHARACTERS ? safe : safe.substring(0, SHOWN_CHARACTERS) + "...";
    }
}
