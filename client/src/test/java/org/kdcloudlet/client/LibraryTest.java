package org.kdcloudlet.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the library promises of itself: size, bytecode, sources. That it uses only what Android has, the build checks. */
class LibraryTest {
    private static final Path CLASSES = Path.of("target/classes");
    private static final long MOST_BYTES = 3 * 1024 * 1024;
    private static final int JAVA_8 = 52;
    private static final int LONGEST_CLASS = 300;
    private static final Map<String, Pattern> FORBIDDEN = Map.of(
            "a wait without a condition", Pattern.compile("Thread\\.sleep|TimeUnit\\.\\w+\\.sleep"),
            "output past the app", Pattern.compile("System\\.(out|err)\\b|printStackTrace"),
            "an exception without a type", Pattern.compile("new RuntimeException\\("),
            "static state",
                    Pattern.compile(
                            "^    (private |public )?static (?!final |class |interface )[^(]*[;=]", Pattern.MULTILINE));

    @Test
    void withAllItNeedsItIsAtMostThreeMebibytes() throws IOException {
        long bytes = 0;
        List<Path> parts = new ArrayList<>(files(CLASSES));
        List<Path> dependencies = files(Path.of("target/runtime"));
        assertThat(dependencies)
                .extracting(path -> path.getFileName().toString())
                .anyMatch(name -> name.startsWith("gson"));
        parts.addAll(dependencies);
        for (Path part : parts) {
            bytes += Files.size(part);
        }
        assertThat(bytes).isLessThanOrEqualTo(MOST_BYTES);
    }

    @Test
    void itsBytecodeIsThatOfJava8() throws IOException {
        for (Path file : files(CLASSES)) {
            if (file.toString().endsWith(".class")) {
                try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
                    assertThat(in.readInt()).isEqualTo(0xCAFEBABE);
                    in.readUnsignedShort();
                    assertThat(in.readUnsignedShort()).as(file.toString()).isEqualTo(JAVA_8);
                }
            }
        }
    }

    @Test
    void mainSourcesKeepTheRules() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path source : files(Path.of("src/main/java"))) {
            String text = Files.readString(source);
            FORBIDDEN.forEach((what, pattern) -> {
                if (pattern.matcher(text).find()) {
                    found.add(source.getFileName() + " has " + what);
                }
            });
            if (text.lines().count() > LONGEST_CLASS) {
                found.add(source.getFileName() + " is longer than " + LONGEST_CLASS + " lines");
            }
        }
        assertThat(found).isEmpty();
        assertThat("    private static int count = 0;").containsPattern(FORBIDDEN.get("static state"));
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> all = files.filter(Files::isRegularFile).toList();
            assertThat(all).isNotEmpty();
            return all;
        }
    }
}
