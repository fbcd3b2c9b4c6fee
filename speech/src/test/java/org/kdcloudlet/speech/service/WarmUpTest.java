package org.kdcloudlet.speech.service;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.speech.audio.AudioFormatException;
import org.kdcloudlet.speech.recognizer.Engines;
import org.kdcloudlet.speech.recognizer.PocketSphinx;

class WarmUpTest {
    @TempDir
    private Path folder;

    /** What the recognizer fails at here is a model that it has not. */
    @Test
    void aRecognizerThatFailsAtItDoesNotKeepTheServiceFromStarting() throws IOException {
        try (PocketSphinx engine = Engines.start(1)) {
            assertThatCode(() -> WarmUp.run(engine, Map.of("nothing", List.of(Engines.cards())), 2))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void aFileThatIsNoRecordingDoes() throws IOException {
        Path text = Files.writeString(folder.resolve("text.wav"), "no recording");
        try (PocketSphinx engine = Engines.start(1)) {
            assertThatThrownBy(() -> WarmUp.run(engine, Map.of(Engines.CARDS, List.of(text)), 1))
                    .isInstanceOf(AudioFormatException.class);
        }
    }
}
