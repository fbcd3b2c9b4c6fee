package org.kdcloudlet.fuzzing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Gives a parser inputs that nobody thought of: first the findings of earlier runs, which are the files in {@code fuzz/TARGET} of the
 * test's resources, then as many new ones as its budget says. These follow from the seed alone, which is another one each day unless
 * {@code -Dcloudlet.fuzz.seed=TEXT} says one; it is printed, and with it a run is had again. An input that is a finding is written to
 * {@code target/fuzz}, to be put among the resources.
 */
public final class Fuzzing {
    private static final String SEED = "cloudlet.fuzz.seed";
    private static final Path FINDINGS = Path.of("target", "fuzz");

    private final String target;
    private final URL kept;
    private final String seed;
    private final int inputs;

    /** Makes inputs; the same for the same state of the random numbers. */
    @FunctionalInterface
    public interface Generator {
        byte[] next(Random random) throws Exception;
    }

    /** Has the parser read an input, and throws what it should not throw; false when it was refused as it should be. */
    @FunctionalInterface
    public interface Check {
        boolean accepts(byte[] input) throws Exception;
    }

    /**
     * What came of it.
     *
     * @param inputs new ones, without those that were kept
     * @param accepted of these
     */
    public record Outcome(int inputs, int accepted) {
        /** Holds the inputs to being of both kinds, so that they reach what is behind the first check. */
        public void requireBoth() {
            if (accepted < Math.max(1, inputs / 1000) || accepted == inputs) {
                throw new AssertionError("Of " + inputs + " inputs " + accepted
                        + " were accepted: the generator does not reach what is to be tested");
            }
        }
    }

    private Fuzzing(String target, URL kept, String seed, int inputs) {
        this.target = target;
        this.kept = kept;
        this.seed = seed;
        this.inputs = inputs;
    }

    /**
     * @param test whose resources have the findings that are kept
     * @param target a name of {@code budgets.properties}
     */
    public static Fuzzing of(Class<?> test, String target) {
        String said = System.getProperty(SEED, "");
        String seed = said.isBlank() ? LocalDate.now(ZoneOffset.UTC).toString() : said;
        return new Fuzzing(target, test.getResource("/fuzz/" + target), seed, new Budgets().inputs(target));
    }

    /** The same with a seed and a number of inputs of its own. */
    Fuzzing with(String newSeed, int newInputs) {
        return new Fuzzing(target, kept, newSeed, newInputs);
    }

    /**
     * Runs all inputs.
     *
     * @throws AssertionError with the finding: which input, where it was written, and how to have it again
     */
    public Outcome run(Generator generator, Check check) {
        for (Path file : keptFiles()) {
            tryInput(bytes(file), check, "the finding that is kept as " + file.getFileName());
        }
        System.out.println("fuzzing " + target + ": " + inputs + " inputs, -D" + SEED + "=" + seed);
        int accepted = 0;
        for (int i = 0; i < inputs; i++) {
            String name = "input " + i + " of -D" + SEED + "=" + seed;
            accepted += tryInput(generated(generator, i), check, name) ? 1 : 0;
        }
        return new Outcome(inputs, accepted);
    }

    private byte[] generated(Generator generator, int index) {
        try {
            return generator.next(new Random((seed + "/" + target).hashCode() * 0x9E3779B97F4A7C15L + index));
        } catch (Exception e) {
            throw new IllegalStateException("The generator of " + target + " failed at input " + index, e);
        }
    }

    private boolean tryInput(byte[] input, Check check, String name) {
        try {
            return check.accepts(input.clone());
        } catch (Exception | AssertionError | StackOverflowError | OutOfMemoryError e) {
            throw new AssertionError(
                    "A finding for " + target + ": " + name + ", " + input.length + " bytes, written to "
                            + written(input).toAbsolutePath()
                            + ". Mend it, and keep the file in src/test/resources/fuzz/"
                            + target + ": " + e,
                    e);
        }
    }

    private Path written(byte[] input) {
        try {
            Files.createDirectories(FINDINGS);
            return Files.write(FINDINGS.resolve(target + "-" + Integer.toHexString(Arrays.hashCode(input))), input);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> keptFiles() {
        if (kept == null) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(Path.of(kept.toURI()))) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
