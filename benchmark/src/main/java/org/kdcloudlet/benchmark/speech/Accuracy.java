package org.kdcloudlet.benchmark.speech;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.kdcloudlet.speech.audio.AudioFormatException;
import org.kdcloudlet.speech.audio.Recording;
import org.kdcloudlet.speech.recognizer.PocketSphinx;
import org.kdcloudlet.speech.recognizer.Recognizer;

/** Has the same utterances recognized by the service's engine and by {@code pocketsphinx_continuous}, the floor, in turns. */
public final class Accuracy implements AutoCloseable {
    private static final Path MODELS = Path.of("/usr/share/pocketsphinx/model/en-us");
    private static final Path TEST_DATA = Path.of("/usr/share/pocketsphinx/test/data");
    private static final String DICTATION = "dictation";

    private final Path folder;
    private final Map<String, Path> grammars = new TreeMap<>();
    private final Recognizer recognizer;

    /**
     * One side's result.
     *
     * @param errors of all utterances
     * @param seconds that recognition took
     */
    public record Side(WordErrors errors, double seconds) {
        private static final Side NONE = new Side(new WordErrors(0, 0), 0);

        Side plus(Side other) {
            return new Side(errors.plus(other.errors), seconds + other.seconds);
        }
    }

    /**
     * Both sides' results of a list.
     *
     * @param ours the service's engine
     * @param floor {@code pocketsphinx_continuous}
     * @param audioSeconds how long the utterances last
     */
    public record Result(Side ours, Side floor, double audioSeconds) {}

    /** Loads the models; {@code project} is the root of this project. */
    public Accuracy(Path project, Path folder) throws IOException {
        this.folder = folder;
        try (Stream<Path> files = Files.list(project.resolve("speech/grammars"))) {
            files.forEach(file -> grammars.put(file.getFileName().toString().replace(".gram", ""), file));
        }
        grammars.put("cards", TEST_DATA.resolve("cards/cards.gram"));
        grammars.put("move", TEST_DATA.resolve("goforward.gram"));
        recognizer = PocketSphinx.start(project.resolve("speech/target/speech-worker"), MODELS, DICTATION, grammars, 1);
    }

    /** Runs a list: {@code human-sentences}, {@code synthetic-sentences}, {@code human-commands} or {@code synthetic-commands}. */
    public Result run(String list) throws IOException, InterruptedException {
        List<Utterance> utterances = Utterance.heldOut(list, folder);
        double audio = 0;
        for (Utterance utterance : utterances) {
            audio += utterance.seconds();
        }
        Side ours = Side.NONE;
        Side floor = Side.NONE;
        for (Utterance utterance : utterances) {
            ours = ours.plus(timed(utterance, this::ours));
            floor = floor.plus(timed(utterance, this::floor));
        }
        return new Result(ours, floor, audio);
    }

    private static Side timed(Utterance utterance, BiFunction<Utterance, String, List<String>> recognize) {
        long began = System.nanoTime();
        List<String> words = recognize.apply(utterance, utterance.grammar().orElse(DICTATION));
        return new Side(WordErrors.of(utterance.words(), words), (System.nanoTime() - began) / 1e9);
    }

    private List<String> ours(Utterance utterance, String model) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(utterance.wav()))) {
            byte[] samples = Recording.read(in);
            return recognizer.recognize(model, () -> samples);
        } catch (IOException | AudioFormatException e) {
            throw new IllegalStateException(utterance.wav() + ": " + e.getMessage(), e);
        }
    }

    private List<String> floor(Utterance utterance, String model) {
        List<String> command = new java.util.ArrayList<>(List.of(
                "pocketsphinx_continuous",
                "-logfn",
                "/dev/null",
                "-infile",
                utterance.wide().toString()));
        if (!model.equals(DICTATION)) {
            command.addAll(List.of("-jsgf", grammars.get(model).toString()));
        }
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return Stream.of(text.trim().split("\\s+"))
                    .map(word -> word.replaceAll("\\([0-9]+\\)", ""))
                    .filter(word -> !word.isEmpty())
                    .toList();
        } catch (IOException e) {
            throw new IllegalStateException("pocketsphinx_continuous does not run: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        recognizer.close();
    }
}
