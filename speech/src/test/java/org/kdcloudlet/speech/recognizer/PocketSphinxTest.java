package org.kdcloudlet.speech.recognizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.speech.audio.Recording;

class PocketSphinxTest {
    private static final List<String> CARDS =
            List.of("eight", "of", "spades", "four", "of", "clubs", "seven", "of", "hearts");

    private static PocketSphinx engine;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() throws IOException {
        engine = Engines.start(2);
    }

    @AfterAll
    static void end() {
        engine.close();
    }

    @Test
    void recognizesCommandsByGrammar() throws Exception {
        assertThat(recognize(Engines.CARDS, Engines.cards())).isEqualTo(CARDS);
    }

    @Test
    void recognizesDictation() throws Exception {
        Path sentence = Engines.RECORDINGS.resolve("librivox/sense_and_sensibility_01_austen_64kb-0920.wav");

        assertThat(String.join(" ", recognize(Engines.DICTATION, sentence)))
                .startsWith("had he married a more amiable woman he might have been made still");
    }

    @Test
    void noSamplesAreNoWords() throws Exception {
        assertThat(engine.recognize(Engines.CARDS, () -> new byte[0])).isEmpty();
        assertThat(engine.recognize(Engines.DICTATION, () -> new byte[2])).isEmpty();
    }

    @Test
    void aModelThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> engine.recognize("songs", () -> new byte[0]))
                .isInstanceOf(RecognizerException.class)
                .hasMessage("There is no model songs.");
    }

    @Test
    void theSameRecordingGivesTheSameWordsWhateverCameBefore() throws Exception {
        Path sentence = Engines.RECORDINGS.resolve("librivox/sense_and_sensibility_01_austen_64kb-0880.wav");
        List<String> first = recognize(Engines.DICTATION, sentence);
        for (int i = 0; i < 4; i++) {
            recognize(Engines.CARDS, Engines.cards());

            assertThat(recognize(Engines.DICTATION, sentence)).isEqualTo(first);
        }
    }

    /** One that dies takes its recording with it and nothing else; another one takes its place. */
    @Test
    void recognizersThatEndAreReplaced() throws Exception {
        List<ProcessHandle> ended = engine.process().children().toList();
        assertThat(ended).hasSize(2);
        ended.forEach(ProcessHandle::destroyForcibly);

        await().atMost(Duration.ofSeconds(20))
                .until(() -> engine.process()
                                .children()
                                .filter(child -> !ended.contains(child))
                                .count()
                        == 2);
        for (int i = 0; i < 4; i++) {
            assertThat(recognize(Engines.CARDS, Engines.cards())).isEqualTo(CARDS);
        }
    }

    @Test
    void worksOnNoMoreThanItsNumberOfRecordingsAtATime() throws Exception {
        byte[] samples = samples(Engines.cards());
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<List<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                answers.add(threads.submit(() -> {
                    try {
                        return engine.recognize(Engines.CARDS, () -> {
                            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                            return samples;
                        });
                    } finally {
                        inside.decrementAndGet();
                    }
                }));
            }
            for (Future<List<String>> answer : answers) {
                assertThat(answer.get()).isEqualTo(CARDS);
            }
        } finally {
            threads.shutdownNow();
        }
        // One that has given its place back may not have counted itself out yet.
        assertThat(most.get()).isBetween(2, 4);
    }

    @Test
    void aGrammarThatCannotBeReadKeepsItFromStarting() throws IOException {
        Path grammar = Files.writeString(folder.resolve("bad.gram"), "#JSGF V1.0; grammar bad; public <a> = ( one | ;");

        assertThatThrownBy(() -> PocketSphinx.start(
                        Engines.WORKER, Engines.MODELS, Engines.DICTATION, Map.of("bad", grammar), 1))
                .isInstanceOf(RecognizerException.class)
                .hasMessageContaining("did not start");
    }

    @Test
    void leavesNothingBehind() throws Exception {
        PocketSphinx other = Engines.start(3);
        ProcessHandle process = other.process();
        List<ProcessHandle> children = process.children().toList();
        assertThat(children).hasSize(3);

        other.close();

        await().atMost(Duration.ofSeconds(20))
                .until(() -> !process.isAlive() && children.stream().noneMatch(ProcessHandle::isAlive));
    }

    private static List<String> recognize(String model, Path wav) throws Exception {
        byte[] samples = samples(wav);
        return engine.recognize(model, () -> samples);
    }

    private static byte[] samples(Path wav) throws Exception {
        return Recording.read(new ByteArrayInputStream(Files.readAllBytes(wav)));
    }
}
