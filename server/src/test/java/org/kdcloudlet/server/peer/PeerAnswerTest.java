package org.kdcloudlet.server.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerAnswerTest {
    private static final String GOOD = "{\"memory_info\":{\"max_memory\":8,\"free_memory\":4},"
            + "\"cpu_info\":{\"max_cores\":2,\"usage\":12.5,\"speed\":\"2400.000\",\"cache\":512},"
            + "\"services\":[{\"service_id\":\"org.example.one\"},{\"service_id\":\"two\\u0007\"},{\"service_id\":7},{}]}";

    @Test
    void numbersMayBeTexts() throws IOException {
        PeerAnswer answer = parse(GOOD);
        assertThat(answer.load().speedMhz()).isEqualTo(2400);
        assertThat(answer.load().usagePercent()).isEqualTo(12.5);
        assertThat(answer.load().freeMemoryBytes()).isEqualTo(4);
    }

    @Test
    void servicesWithoutAPrintableIdAreLeftOut() throws IOException {
        assertThat(parse(GOOD).services()).containsExactly("org.example.one", "7");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "\"text\"",
                "{}",
                "{\"cpu_info\":[],\"memory_info\":7}",
                "{\"memory_info\":{\"max_memory\":-1,\"free_memory\":4}}",
                "{\"memory_info\":{\"max_memory\":\"NaN\",\"free_memory\":4}}",
                "{\"memory_info\":{\"max_memory\":1e400,\"free_memory\":4}}",
                "{\"memory_info\":{\"max_memory\":8,\"free_memory\":4},\"cpu_info\":{\"max_cores\":2,\"usage\":101,\"speed\":1,\"cache\":1}}"
            })
    void whatIsNoAnswerIsRefused(String body) {
        assertThatThrownBy(() -> parse(body)).isInstanceOf(IOException.class);
    }

    @Test
    void deepNestingIsRefused() {
        String deep = String.join("", Collections.nCopies(100_000, "["));
        assertThatThrownBy(() -> parse("{\"services\":" + deep)).isInstanceOf(IOException.class);
    }

    @Test
    void whateverTheBytesThereIsAnAnswerOrARefusal() {
        Random random = new Random(6763);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = GOOD.getBytes(StandardCharsets.UTF_8);
            for (int change = random.nextInt(4); change >= 0; change--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                PeerAnswer answer = PeerAnswer.parse(
                        random.nextInt(5) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes);
                assertThat(answer.load().usagePercent()).isBetween(0.0, 100.0);
            } catch (IOException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(1000, 19_999);
    }

    private static PeerAnswer parse(String body) throws IOException {
        return PeerAnswer.parse(body.getBytes(StandardCharsets.UTF_8));
    }
}
