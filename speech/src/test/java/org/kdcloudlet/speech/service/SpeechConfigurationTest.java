package org.kdcloudlet.speech.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpeechConfigurationTest {
    @TempDir
    Path folder;

    @BeforeEach
    void addGrammars() throws IOException {
        Files.createDirectories(folder.resolve("grammars"));
        Files.createFile(folder.resolve("grammars/cards.gram"));
        Files.createFile(folder.resolve("grammars/README"));
        Files.createDirectories(folder.resolve("warm/cards"));
        Files.createFile(folder.resolve("warm/cards/1.wav"));
    }

    @Test
    void readsAFileAndFindsGrammarsAndRecordings() throws IOException {
        Configuration configuration = read("""
                worker = /bin/worker
                models = /models
                spool = /spool
                grammars = %1$s/grammars
                warm-up = %1$s/warm
                listen = dictation:9001 cards:9002
                """.formatted(folder));

        assertThat(configuration.grammars()).containsOnlyKeys("cards");
        assertThat(configuration.ports()).containsEntry("dictation", 9001).containsEntry("cards", 9002);
        assertThat(configuration.warmUp().get("cards")).containsExactly(folder.resolve("warm/cards/1.wav"));
        assertThat(configuration.warmUp().get("dictation")).isEmpty();
        assertThat(configuration.recognizers()).isEqualTo(1);
        assertThat(configuration.warmUps()).isEqualTo(2);
    }

    @Test
    void saysAllThatIsWrongAtOnce() {
        assertThatThrownBy(() -> read("listen = songs:9001 dictation:9001 nonsense\nrecognizers = 65\ncolour = red\n"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("colour is not known")
                .hasMessageContaining("worker is missing")
                .hasMessageContaining("models is missing")
                .hasMessageContaining("spool is missing")
                .hasMessageContaining("'songs', which is neither dictation nor a grammar")
                .hasMessageContaining("one port of its own")
                .hasMessageContaining("not 'nonsense'")
                .hasMessageContaining("recognizers must be 1 to 64");
    }

    private Configuration read(String text) throws IOException {
        return Configuration.read(Files.writeString(folder.resolve("speech.properties"), text));
    }
}
