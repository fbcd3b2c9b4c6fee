package org.kdcloudlet.server.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.kdcloudlet.server.config.SettingValue.Origin;

/**
 * A configuration and where each of its values comes from. The file is read once; the same values can be read again with others
 * that an administrator set while the server ran, by the same rules. Immutable.
 */
public final class LoadedConfiguration {
    private final List<Consumer<Document>> layers;
    private final Configuration configuration;
    private final List<SettingValue> values;

    private LoadedConfiguration(List<Consumer<Document>> layers, Map<String, String> live) {
        this.layers = List.copyOf(layers);
        Document document = new Document();
        layers.forEach(layer -> layer.accept(document));
        Map<String, Setting> known = new LinkedHashMap<>();
        Configuration.settings().forEach(setting -> known.put(setting.key(), setting));
        live.forEach((key, text) -> put(document, key, known.get(key).parse(text), Origin.LIVE, ""));
        this.configuration = Configuration.read(document);
        document.requireSound();
        this.values = document.values();
    }

    /**
     * Reads a file, if one is given, then what the environment and then what command-line options say.
     *
     * @param environment key, e.g. {@code server.data}, to value
     * @param commandLine the same
     * @throws ConfigurationException with all problems
     */
    public static LoadedConfiguration load(
            Optional<Path> file, Map<String, Object> environment, Map<String, Object> commandLine) {
        Document read = new Document();
        file.ifPresent(path -> ConfigurationFile.read(path, read));
        return new LoadedConfiguration(
                List.of(
                        read::copyTo,
                        document -> environment.forEach(
                                (key, value) -> put(document, key, value, Origin.ENVIRONMENT, "environment")),
                        document -> commandLine.forEach(
                                (key, value) -> put(document, key, value, Origin.COMMAND_LINE, "command line"))),
                Map.of());
    }

    private static void put(Document document, String key, Object value, Origin origin, String place) {
        int dot = key.indexOf('.');
        document.put(key.substring(0, dot), key.substring(dot + 1), value, new Document.Source(origin, place));
    }

    /**
     * The same with values that were set while the server ran, in the place of earlier ones of that kind.
     *
     * @param live key of a setting that there is, to text
     * @throws ConfigurationException when one of them is not acceptable
     */
    public LoadedConfiguration with(Map<String, String> live) {
        return new LoadedConfiguration(layers, live);
    }

    public Configuration configuration() {
        return configuration;
    }

    /** All that can be configured with what holds, in the order of the sections. */
    public List<SettingValue> values() {
        return values;
    }
}
