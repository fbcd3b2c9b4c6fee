package org.kdcloudlet.server.document;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documents at the root of the project say what is true: promises name tests that exist, links lead somewhere. */
class DocumentsTest {
    private static final Path PROJECT = Path.of(System.getProperty("cloudlet.project"));
    private static final Pattern PROMISE = Pattern.compile("^\\| *(\\d+\\.\\d+) *\\|(.+)\\|([^|]+)\\|$");
    private static final Pattern TEST_NAME = Pattern.compile("`([A-Z][A-Za-z0-9]+)(?:\\.([a-z][A-Za-z0-9]+))?`");
    private static final Pattern FILE_NAME = Pattern.compile("`((?:images|\\./cloudlet|benchmark)[^`]*)`");
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)#\\s]+)(?:#[^)]*)?\\)");

    @Test
    void everyPromiseNamesTestsThatExist() throws IOException {
        List<String> problems = new ArrayList<>();
        Set<String> numbers = new HashSet<>();
        for (String line : Files.readAllLines(PROJECT.resolve("SPECIFICATION.md"))) {
            Matcher promise = PROMISE.matcher(line);
            if (!promise.matches()) {
                continue;
            }
            if (!numbers.add(promise.group(1))) {
                problems.add(promise.group(1) + " is there twice");
            }
            checkTests(promise.group(1), promise.group(3), problems);
        }
        assertThat(numbers).as("promises found").hasSizeGreaterThan(10);
        assertThat(problems).isEmpty();
    }

    @Test
    void everyLinkLeadsToAFile() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path document : documents()) {
            Matcher link = LINK.matcher(Files.readString(document));
            while (link.find()) {
                String target = link.group(1);
                if (!target.contains("://") && !Files.exists(document.resolveSibling(target))) {
                    broken.add(PROJECT.relativize(document) + " -> " + target);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void theChangelogFollowsItsFormat() throws IOException {
        List<String> headings = Files.readAllLines(PROJECT.resolve("CHANGELOG.md")).stream()
                .filter(line -> line.startsWith("#"))
                .toList();
        assertThat(headings.get(0)).isEqualTo("# Changelog");
        assertThat(headings.get(1)).isEqualTo("## [Unreleased]");
        assertThat(headings.subList(1, headings.size()))
                .allMatch(
                        heading -> heading.matches("## \\[(Unreleased|\\d+\\.\\d+\\.\\d+)\\]( - \\d{4}-\\d{2}-\\d{2})?")
                                || heading.matches("### (Added|Changed|Deprecated|Removed|Fixed|Security)"));
    }

    private static void checkTests(String number, String names, List<String> problems) throws IOException {
        Matcher test = TEST_NAME.matcher(names);
        boolean any = FILE_NAME.matcher(names).find();
        while (test.find()) {
            any = true;
            Path source = testSource(test.group(1));
            if (source == null) {
                problems.add(number + " names " + test.group(1) + ", which is no test class");
            } else if (test.group(2) != null && !Files.readString(source).contains(" " + test.group(2) + "(")) {
                problems.add(number + " names " + test.group(1) + "." + test.group(2) + ", which is no test");
            }
        }
        if (!any) {
            problems.add(number + " names no test");
        }
    }

    private static Path testSource(String className) throws IOException {
        try (Stream<Path> modules = Files.list(PROJECT)) {
            for (Path module : modules.map(path -> path.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(module)) {
                    List<Path> found = files.filter(file -> file.endsWith(className + ".java"))
                            .toList();
                    if (!found.isEmpty()) {
                        return found.get(0);
                    }
                }
            }
        }
        return null;
    }

    private static List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>();
        for (String folder : List.of("docs", "images")) {
            try (Stream<Path> files = Files.walk(PROJECT.resolve(folder))) {
                documents.addAll(
                        files.filter(file -> file.toString().endsWith(".md")).toList());
            }
        }
        try (Stream<Path> files = Files.list(PROJECT)) {
            documents.addAll(
                    files.filter(file -> file.toString().endsWith(".md")).toList());
        }
        return documents;
    }
}
