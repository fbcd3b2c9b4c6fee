package org.kdcloudlet.fuzzing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FuzzingTest {
    private static final Path PROJECT = Path.of(System.getProperty("cloudlet.project"));
    private static final Pattern USE = Pattern.compile("Fuzzing\\s*\\.of\\(\\s*[A-Za-z.]+\\s*,\\s*\"([a-z0-9-]+)\"\\)");

    private final Fuzzing fuzzing = Fuzzing.of(FuzzingTest.class, "settings");

    private static List<String> inputs(Fuzzing run) {
        List<String> inputs = new ArrayList<>();
        run.run(Mutations.of("{\"a\": [1, 2, 3]}", "two").words("null"), input -> inputs.add(Arrays.toString(input)));
        return inputs;
    }

    @Test
    void aLongRunHasAtLeastAMillionInputs() {
        assertThat(new Budgets()
                        .byTarget().values().stream()
                                .mapToInt(Budgets.Budget::whenLong)
                                .sum())
                .isGreaterThanOrEqualTo(1_000_000);
    }

    @Test
    void eachTargetIsFuzzedByATest() throws IOException {
        Set<String> used = new HashSet<>();
        // Not all of the project: elsewhere in it files come and go.
        try (Stream<Path> modules = Files.list(PROJECT)) {
            for (Path tests : modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .toList()) {
                used.addAll(targets(tests));
            }
        }
        assertThat(used).isEqualTo(new Budgets().byTarget().keySet());
    }

    private static Set<String> targets(Path tests) throws IOException {
        try (Stream<Path> files = Files.walk(tests)) {
            return files.filter(file -> file.toString().endsWith("Test.java"))
                    .filter(file -> !file.endsWith("FuzzingTest.java"))
                    .flatMap(file -> USE.matcher(text(file)).results().map(match -> match.group(1)))
                    .collect(Collectors.toSet());
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(file.toString(), e);
        }
    }

    @Test
    void aSeedGivesTheSameInputsAndAnotherSeedOthers() {
        List<String> first = inputs(fuzzing.with("one", 500));
        assertThat(inputs(fuzzing.with("one", 500))).isEqualTo(first);
        assertThat(inputs(fuzzing.with("two", 500))).isNotEqualTo(first);
        assertThat(Set.copyOf(first)).hasSizeGreaterThan(250);
    }

    @Test
    void aFindingIsWrittenAndCanBeHadAgain() throws IOException {
        Fuzzing.Check faulty = input -> {
            if (input.length % 50 == 7) {
                throw new IllegalStateException("a fault");
            }
            return true;
        };
        assertThatThrownBy(() -> fuzzing.with("one", 5000).run(Mutations.of("x".repeat(40)), faulty))
                .isInstanceOf(AssertionError.class)
                .hasMessageContainingAll("-Dcloudlet.fuzz.seed=one", "a fault", "src/test/resources/fuzz/settings")
                .satisfies(finding -> {
                    Matcher file = Pattern.compile("written to (\\S+)\\.").matcher(finding.getMessage());
                    assertThat(file.find()).isTrue();
                    assertThat(Files.size(Path.of(file.group(1))) % 50).isEqualTo(7);
                    Files.delete(Path.of(file.group(1)));
                });
    }

    @Test
    void findingsThatAreKeptAreTriedEachTime() {
        List<String> tried = new ArrayList<>();
        Fuzzing.of(FuzzingTest.class, "settings").with("one", 0).run(Mutations.of("x"), input -> {
            tried.add(new String(input, StandardCharsets.UTF_8));
            return false;
        });
        assertThat(tried).containsExactly("kept, as an example\n");
    }

    @Test
    void aGeneratorThatReachesNothingIsNoTest() {
        assertThatThrownBy(() -> fuzzing.with("one", 100)
                        .run(Mutations.of("x"), input -> false)
                        .requireBoth())
                .hasMessageContaining("0 were accepted");
    }
}
