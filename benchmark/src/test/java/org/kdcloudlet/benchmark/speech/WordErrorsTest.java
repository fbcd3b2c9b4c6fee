package org.kdcloudlet.benchmark.speech;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordErrorsTest {
    @ParameterizedTest
    @CsvSource({
        "a b c, a b c, 0",
        "a b c, a x c, 1",
        "a b c, a c, 1",
        "a b c, a b b c, 1",
        "a b c, '', 3",
        "a b c, x y z u, 4",
        "a b c, b c a, 2",
        "go forward ten meters, forward ten more meters, 2",
    })
    void countsReplacedInsertedAndDeletedWords(String said, String recognized, int errors) {
        assertThat(WordErrors.of(words(said), words(recognized)))
                .isEqualTo(new WordErrors(errors, words(said).size()));
    }

    @Test
    void addsUpToARate() {
        assertThat(new WordErrors(1, 4).plus(new WordErrors(2, 6)).percent()).isEqualTo(30);
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(" "));
    }
}
