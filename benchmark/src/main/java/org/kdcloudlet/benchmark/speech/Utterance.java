package org.kdcloudlet.benchmark.speech;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Something that was said.
 *
 * @param words what
 * @param grammar the name of the grammar that it belongs to; empty for dictation
 * @param wav as it was recorded
 * @param wide the same at 16 kHz, mono, 16 bits, made by SoX, for PocketSphinx's own program
 */
record Utterance(List<String> words, Optional<String> grammar, Path wav, Path wide) {
    /** Lists in the resources: split, source, words, grammar. The split named tuning was used to choose the engine's settings. */
    static List<Utterance> heldOut(String list, Path folder) throws IOException, InterruptedException {
        List<Utterance> utterances = new ArrayList<>();
        try (BufferedReader in = new BufferedReader(
                new InputStreamReader(Utterance.class.getResourceAsStream(list + ".tsv"), StandardCharsets.UTF_8))) {
            for (String line :
                    in.lines().filter(line -> line.startsWith("held-out")).toList()) {
                String[] fields = line.split("\t");
                Path base = folder.resolve(list + "-" + utterances.size());
                utterances.add(new Utterance(
                        List.of(fields[2].split(" ")),
                        fields.length > 3 ? Optional.of(fields[3]) : Optional.empty(),
                        recording(fields[1], fields[2], base),
                        base.resolveSibling(base.getFileName() + "-wide.wav")));
            }
        }
        for (Utterance utterance : utterances) {
            run(
                    "sox",
                    "-D",
                    utterance.wav().toString(),
                    "-r",
                    "16000",
                    "-c",
                    "1",
                    "-b",
                    "16",
                    utterance.wide().toString());
        }
        return utterances;
    }

    private static Path recording(String source, String words, Path base) throws IOException, InterruptedException {
        Path wav = base.resolveSibling(base.getFileName() + ".wav");
        if (source.startsWith("voice:")) {
            run("espeak-ng", "-v", source.substring("voice:".length()), "-w", wav.toString(), words);
        } else if (source.endsWith(".raw")) {
            run("sox", "-t", "raw", "-r", "16000", "-e", "signed", "-b", "16", "-c", "1", source, wav.toString());
        } else if (source.contains(",")) {
            List<String> command = new ArrayList<>(List.of("sox"));
            command.addAll(List.of(source.split(",")));
            command.add(wav.toString());
            run(command.toArray(String[]::new));
        } else {
            return Path.of(source);
        }
        return wav;
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException("this failed: " + String.join(" ", command));
        }
    }

    /** How long it lasts. */
    double seconds() throws IOException {
        return (java.nio.file.Files.size(wide) - 44) / 32_000.0;
    }
}
