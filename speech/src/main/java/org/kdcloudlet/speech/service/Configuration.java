package org.kdcloudlet.speech.service;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The file that the service is started with, in the format of {@link Properties}.
 *
 * @param worker the program speech-worker
 * @param models the folder of the English models
 * @param grammars JSGF files by name: every {@code NAME.gram} of the folder {@code grammars}; none by default
 * @param ports by name of the model that is recognized there: {@code dictation}, or a grammar's
 * @param recognizers how many recordings are worked on at a time, 1 to 64; default 1
 * @param spool where files that arrive are kept while they are worked on
 * @param warmUp recordings, as a folder for each model's name; what is recognized before the service listens; none by default
 * @param warmUps how often they are recognized; default 2
 */
public record Configuration(
        Path worker,
        Path models,
        Map<String, Path> grammars,
        Map<String, Integer> ports,
        int recognizers,
        Path spool,
        Map<String, List<Path>> warmUp,
        int warmUps) {
    /** The name of the model for general English. */
    public static final String DICTATION = "dictation";

    private static final List<String> KEYS =
            List.of("worker", "models", "grammars", "listen", "recognizers", "spool", "warm-up", "warm-ups");

    /**
     * Reads a file.
     *
     * @throws IllegalArgumentException with all that is wrong with it
     */
    static Configuration read(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(file)) {
            properties.load(in);
        }
        List<String> problems = new ArrayList<>();
        properties.stringPropertyNames().stream()
                .filter(key -> !KEYS.contains(key))
                .sorted()
                .forEach(key -> problems.add(key + " is not known"));
        Map<String, Path> grammars = grammars(properties.getProperty("grammars"));
        Map<String, Integer> ports = ports(properties.getProperty("listen", ""), grammars, problems);
        Configuration configuration = new Configuration(
                path(properties, "worker", problems),
                path(properties, "models", problems),
                grammars,
                ports,
                number(properties, "recognizers", 1, 64, problems),
                path(properties, "spool", problems),
                recordings(properties.getProperty("warm-up"), ports),
                number(properties, "warm-ups", 2, 100, problems));
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(file + ": " + String.join("; ", problems) + ".");
        }
        return configuration;
    }

    private static Path path(Properties properties, String key, List<String> problems) {
        String value = properties.getProperty(key, "");
        if (value.isBlank()) {
            problems.add(key + " is missing");
        }
        return Path.of(value);
    }

    private static int number(Properties properties, String key, int usual, int most, List<String> problems) {
        String value = properties.getProperty(key, Integer.toString(usual)).trim();
        if (!value.matches("[1-9][0-9]{0,3}") || Integer.parseInt(value) > most) {
            problems.add(key + " must be 1 to " + most);
            return usual;
        }
        return Integer.parseInt(value);
    }

    private static Map<String, Path> grammars(String folder) throws IOException {
        Map<String, Path> grammars = new TreeMap<>();
        for (Path file : folder == null ? List.<Path>of() : files(Path.of(folder), ".gram")) {
            String name = file.getFileName().toString();
            grammars.put(name.substring(0, name.length() - ".gram".length()), file);
        }
        return grammars;
    }

    private static Map<String, List<Path>> recordings(String folder, Map<String, Integer> ports) throws IOException {
        Map<String, List<Path>> recordings = new TreeMap<>();
        for (String model : folder == null ? List.<String>of() : ports.keySet()) {
            Path ofModel = Path.of(folder, model);
            recordings.put(model, Files.isDirectory(ofModel) ? files(ofModel, ".wav") : List.of());
        }
        return recordings;
    }

    private static List<Path> files(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        }
    }

    /** Words such as {@code dictation:9001}. */
    private static Map<String, Integer> ports(String listen, Map<String, Path> grammars, List<String> problems) {
        Map<String, Integer> ports = new TreeMap<>();
        for (String word : listen.trim().split("\\s+")) {
            if (!word.matches("[A-Za-z0-9_-]{1,64}:[1-9][0-9]{0,4}")) {
                problems.add("listen must have words like dictation:9001, not '" + word + "'");
                continue;
            }
            String model = word.substring(0, word.indexOf(':'));
            int port = Integer.parseInt(word.substring(word.indexOf(':') + 1));
            if (!model.equals(DICTATION) && !grammars.containsKey(model)) {
                problems.add("listen names '" + model + "', which is neither dictation nor a grammar");
            }
            if (port > 65_535 || ports.containsValue(port) || ports.put(model, port) != null) {
                problems.add("listen must give each model one port of its own, up to 65535");
            }
        }
        return ports;
    }
}
