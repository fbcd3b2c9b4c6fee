package org.kdcloudlet.server.manager.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What of what a browser sends to a screen is taken for somebody's doing. */
class NoticedInputTest {
    private static final byte[] GREETING = "RFB 003.008\n\1\1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] UPDATE = {3, 0, 0, 0, 0, 0, 1, 0, 1, 0};
    private static final byte[] KEY = {4, 1, 0, 0, 0, 0, 0, 65};
    private static final byte[] POINTER = {5, 0, 0, 1, 0, 1};

    private final AtomicInteger noticed = new AtomicInteger();
    private final NoticedInput input = new NoticedInput(noticed::incrementAndGet);

    private void send(byte[] bytes) {
        ByteBuffer received = ByteBuffer.wrap(bytes);
        assertThat(input.allowed(received)).as("all of it").isSameAs(received);
        assertThat(received.remaining()).isEqualTo(bytes.length);
    }

    @Test
    void keysAndThePointerAreNoticedAndWhatABrowserAsksForIsNot() {
        send(GREETING);
        for (int i = 0; i < 100; i++) {
            send(UPDATE);
        }
        assertThat(noticed).hasValue(0);
        send(KEY);
        assertThat(noticed).hasValue(1);
        send(POINTER);
        assertThat(noticed).hasValue(2);
        send(UPDATE);
        assertThat(noticed).hasValue(2);
    }

    @Test
    void whatIsCutAnywhereIsNoticedOnce() {
        for (byte[] whole : new byte[][] {GREETING, UPDATE, KEY, UPDATE}) {
            for (byte one : whole) {
                send(new byte[] {one});
            }
        }
        assertThat(noticed).hasValue(1);
    }

    @Test
    void afterWhatNobodyKnowsAllPassesAndNothingIsNoticed() {
        send(GREETING);
        send(new byte[] {99});
        send(KEY);
        assertThat(noticed).hasValue(0);
    }
}
