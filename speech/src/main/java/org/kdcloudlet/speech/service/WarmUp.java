package org.kdcloudlet.speech.service;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.kdcloudlet.speech.audio.AudioFormatException;
import org.kdcloudlet.speech.audio.Recording;
import org.kdcloudlet.speech.recognizer.Recognizer;
import org.kdcloudlet.speech.recognizer.RecognizerException;

/** Has the code run and the models' pages touched before the service listens, so that the first client waits no longer than others. */
final class WarmUp {
    private static final System.Logger LOG = System.getLogger(WarmUp.class.getName());

    private WarmUp() {}

    /**
     * Recognizes recordings. A recognizer that fails at it, as on a machine that has so much to do that it needs too long, is no reason
     * for not serving: it would fail again after a restart, and so on.
     *
     * @param recordings by the name of the model
     * @throws AudioFormatException when a file is no recording, which is a fault of whoever configured it
     */
    static void run(Recognizer recognizer, Map<String, List<Path>> recordings, int rounds)
            throws IOException, AudioFormatException {
        for (int round = 0; round < rounds; round++) {
            for (Map.Entry<String, List<Path>> ofModel : recordings.entrySet()) {
                for (Path file : ofModel.getValue()) {
                    recognize(recognizer, ofModel.getKey(), file);
                }
            }
        }
    }

    private static void recognize(Recognizer recognizer, String model, Path file)
            throws IOException, AudioFormatException {
        byte[] samples;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            samples = Recording.read(in);
        }
        try {
            recognizer.recognize(model, () -> samples);
        } catch (RecognizerException e) {
            LOG.log(System.Logger.Level.WARNING, "Not warmed up with {0}: {1}", file, e.getMessage());
        }
    }
}
