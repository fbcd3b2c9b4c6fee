package org.kdcloudlet.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rules of the house that the compiler does not know: what main sources never contain. */
class SourceRulesTest {
    private static final Path SOURCES = Path.of("src/main/java").toAbsolutePath();
    private static final int LONGEST_CLASS = 300;

    private static final Map<String, Pattern> FORBIDDEN = Map.of(
            "a shell", Pattern.compile("\"(/bin/|/usr/bin/)?(ba|da)?sh\"|\\bsh -c\\b"),
            "a command line that is split at spaces", Pattern.compile("getRuntime\\(\\)\\s*\\.exec"),
            "a wait without a condition", Pattern.compile("Thread\\.sleep|TimeUnit\\.\\w+\\.sleep"),
            "output past the log", Pattern.compile("System\\.(out|err)\\b|printStackTrace"),
            "an exception without a type", Pattern.compile("new RuntimeException\\("));

    @Test
    void mainSourcesKeepTheRules() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path source : sources()) {
            String text = Files.readString(source);
            FORBIDDEN.forEach((what, pattern) -> {
                if (pattern.matcher(text).find()) {
                    found.add(source.getFileName() + " has " + what);
                }
            });
        }
        assertThat(found).isEmpty();
    }

    @Test
    void noClassIsLongerThanAReaderBears() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path source : sources()) {
            int lines = Files.readAllLines(source).size();
            if (lines > LONGEST_CLASS) {
                tooLong.add(source.getFileName() + " has " + lines + " lines");
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
        try (Stream<Path> files = Files.walk(SOURCES)) {
            List<Path> sources =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(sources).hasSizeGreaterThan(20);
            return sources;
        }
    }
}
