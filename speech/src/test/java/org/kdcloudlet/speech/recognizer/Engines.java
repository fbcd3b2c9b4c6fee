package org.kdcloudlet.speech.recognizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** The real engine and the human recordings of Debian's package pocketsphinx-testdata, for tests. */
public final class Engines {
    public static final Path MODELS = Path.of("/usr/share/pocketsphinx/model/en-us");
    public static final Path RECORDINGS = Path.of("/usr/share/pocketsphinx/test/data");
    public static final Path WORKER = project().resolve("speech/target/speech-worker");
    public static final String DICTATION = "dictation";
    public static final String CARDS = "cards";

    private Engines() {}

    public static Path project() {
        return Path.of(System.getProperty("cloudlet.project"));
    }

    public static PocketSphinx start(int recognizers) throws IOException {
        return PocketSphinx.start(
                WORKER, MODELS, DICTATION, Map.of(CARDS, RECORDINGS.resolve("cards/cards.gram")), recognizers);
    }

    /** A person says "eight of spades four of clubs seven of hearts". */
    public static Path cards() {
        return RECORDINGS.resolve("cards/005.wav");
    }
}
