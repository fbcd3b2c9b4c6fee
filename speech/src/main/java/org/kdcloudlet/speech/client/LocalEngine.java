package org.kdcloudlet.speech.client;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.speech.audio.AudioFormatException;
import org.kdcloudlet.speech.audio.Recording;
import org.kdcloudlet.speech.recognizer.PocketSphinx;
import org.kdcloudlet.speech.recognizer.Recognizer;

/** Recognizes on this machine with what the service uses. */
final class LocalEngine implements Engine {
    private static final String DICTATION = "dictation";
    private static final String GRAMMAR = "grammar";
    private static final Path MODELS = Path.of("/usr/share/pocketsphinx/model/en-us");

    private final Recognizer recognizer;
    private final String model;

    LocalEngine(Path worker, Optional<Path> grammar) throws IOException {
        if (!Files.isDirectory(MODELS)) {
            throw new IOException("there is no " + MODELS + "; install the Debian package pocketsphinx-en-us");
        }
        model = grammar.isPresent() ? GRAMMAR : DICTATION;
        recognizer = PocketSphinx.start(
                worker,
                MODELS,
                DICTATION,
                grammar.map(file -> Map.of(GRAMMAR, file)).orElse(Map.of()),
                1);
    }

    @Override
    public Reply recognize(Path wav) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(wav))) {
            byte[] samples = Recording.read(in);
            return new Reply(String.join(" ", recognizer.recognize(model, () -> samples)), true);
        } catch (AudioFormatException e) {
            return new Reply(e.getMessage(), false);
        }
    }

    @Override
    public void close() {
        recognizer.close();
    }
}
