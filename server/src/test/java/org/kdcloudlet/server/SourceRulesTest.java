package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rules of the house that the compiler does not know: what the sources of no module contain. */
class SourceRulesTest {
    private static final Path PROJECT = Path.of(System.getProperty("cloudlet.project"));
    private static final int LONGEST_CLASS = 300;

    private static final Map<String, Pattern> FORBIDDEN = Map.of(
            "a shell", Pattern.compile("\"(/bin/|/usr/bin/)?(ba|da)?sh\"(?!, \"zsh)|\\bsh -c\\b"),
            "a command line that is split at spaces", Pattern.compile("getRuntime\\(\\)\\s*\\.exec"),
            "a wait without a condition", Pattern.compile("Thread\\.sleep|TimeUnit\\.\\w+\\.sleep"),
            "a stack trace past the log", Pattern.compile("printStackTrace"),
            "an exception without a type", Pattern.compile("new RuntimeException\\("));

    /** Programs print their answers; libraries and what runs in the server do not. */
    private static final Pattern PRINTING = Pattern.compile("System\\.(out|err)\\b");

    private static final Pattern PROGRAM = Pattern.compile("/(cli|benchmark|fuzzing)/|/(Main|ApkInspection)\\.java$");

    @Test
    void mainSourcesKeepTheRules() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path source : sources()) {
            String text = Files.readString(source);
            FORBIDDEN.forEach((what, pattern) -> {
                if (pattern.matcher(text).find()) {
                    found.add(PROJECT.relativize(source) + " has " + what);
                }
            });
            if (PRINTING.matcher(text).find()
                    && !PROGRAM.matcher(source.toString()).find()) {
                found.add(PROJECT.relativize(source) + " prints past the log");
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void noClassIsLongerThanAReaderBears() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path source : sources()) {
            int lines = Files.readAllLines(source).size();
            if (lines > LONGEST_CLASS) {
                tooLong.add(PROJECT.relativize(source) + " has " + lines + " lines");
            }
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void theRulesFindWhatTheyAreFor() {
        assertThat(FORBIDDEN
                        .get("a shell")
                        .matcher("List.of(\"sh\", \"-c\", command)")
                        .find())
                .isTrue();
        assertThat(FORBIDDEN.get("a shell").matcher("\"/bin/bash\"").find()).isTrue();
        assertThat(FORBIDDEN
                        .get("a wait without a condition")
                        .matcher("Thread.sleep(5)")
                        .find())
                .isTrue();
        assertThat(FORBIDDEN
                        .get("a command line that is split at spaces")
                        .matcher("Runtime.getRuntime().exec(x)")
                        .find())
                .isTrue();
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        try (DirectoryStream<Path> modules = Files.newDirectoryStream(PROJECT, Files::isDirectory)) {
            for (Path module : modules) {
                Path main = module.resolve("src/main/java");
                if (Files.isDirectory(main)) {
                    try (Stream<Path> files = Files.walk(main)) {
                        files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
                    }
                }
            }
        }
        assertThat(sources).hasSizeGreaterThan(400);
        return sources;
    }
}
