package org.kdcloudlet.server.manager.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.fuzzing.Fuzzing;
import org.kdcloudlet.fuzzing.Mutations;

/** What a client that may only look gets through to the machine. */
class LookOnlyTest {
    private static final byte[] GREETING = bytes("RFB 003.008\n", 1, 1);

    private final LookOnly input = new LookOnly();

    /** Texts as their characters, numbers as one byte each. */
    private static byte[] bytes(Object... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Object part : parts) {
            if (part instanceof Integer number) {
                all.write(number);
            } else {
                all.writeBytes(((String) part).getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        return all.toByteArray();
    }

    private byte[] allowed(byte[] sent) throws IOException {
        ByteBuffer passed = input.allowed(ByteBuffer.wrap(sent));
        byte[] taken = new byte[passed.remaining()];
        passed.get(taken);
        return taken;
    }

    private static byte[] message(int type, int length) {
        byte[] message = new byte[length];
        message[0] = (byte) type;
        return message;
    }

    @Test
    void theScreenIsAlwaysShared() throws IOException {
        assertThat(allowed(bytes("RFB 003.008\n", 1, 0))).isEqualTo(GREETING);
    }

    @Test
    void howTheScreenIsShownMayBeChosen() throws IOException {
        allowed(GREETING);
        byte[] encodings = bytes(2, 0, 0, 2, 0, 0, 0, 1, 255, 255, 255, 33);
        byte[] fence = bytes(248, 0, 0, 0, 0, 0, 0, 0, 3, "abc");
        for (byte[] message : new byte[][] {message(0, 20), encodings, message(3, 10), message(150, 10), fence}) {
            assertThat(allowed(message)).isEqualTo(message);
        }
    }

    @Test
    void keysPointerClipboardSizeAndPowerAreDropped() throws IOException {
        allowed(GREETING);
        byte[] cut = bytes(6, 0, 0, 0, 0, 0, 0, 5, "hello");
        byte[] extendedCut = bytes(6, 0, 0, 0, 255, 255, 255, 251, "hello");
        byte[] size = bytes(251, 0, 4, 0, 3, 0, 1, 0, "................");
        byte[] format = bytes(255, 1, 0, 2, 0, 1, 0, 0, 0, 0);
        for (byte[] message : new byte[][] {
            message(4, 8), message(5, 6), cut, extendedCut, size, message(250, 4), message(255, 12), format
        }) {
            assertThat(allowed(message)).isEmpty();
            assertThat(allowed(message(3, 10))).hasSize(10);
        }
    }

    @Test
    void aClipboardOfTwoGigabytesIsDroppedWithoutBeingKept() throws IOException {
        allowed(GREETING);
        allowed(bytes(6, 0, 0, 0, 127, 255, 255, 255));
        byte[] part = new byte[1 << 20];
        for (long left = Integer.MAX_VALUE; left > 0; left -= part.length) {
            assertThat(input.allowed(ByteBuffer.wrap(part, 0, (int) Math.min(left, part.length)))
                            .hasRemaining())
                    .isFalse();
        }
        assertThat(allowed(message(3, 10))).hasSize(10);
    }

    @Test
    void whereItIsCutMakesNoDifference() throws IOException {
        byte[] all = bytes(
                "RFB 003.008\n",
                1,
                0,
                4,
                1,
                0,
                0,
                0,
                0,
                0,
                65,
                6,
                0,
                0,
                0,
                0,
                0,
                0,
                2,
                "hi",
                3,
                1,
                0,
                0,
                0,
                0,
                9,
                9,
                9,
                9);
        ByteArrayOutputStream passed = new ByteArrayOutputStream();
        for (byte one : all) {
            passed.writeBytes(allowed(new byte[] {one}));
        }
        assertThat(passed.toByteArray()).isEqualTo(new LookOnlyTest().allowed(all));
        assertThat(passed.toByteArray()).endsWith(3, 1, 0, 0, 0, 0, 9, 9, 9, 9).hasSize(24);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 100, 249, 254})
    void whatIsNotKnownEndsTheConnection(int type) throws IOException {
        allowed(GREETING);
        assertThatThrownBy(() -> allowed(bytes(type))).isInstanceOf(IOException.class);
    }

    @Test
    void otherVersionsAndSecurityTypesEndTheConnection() throws IOException {
        assertThatThrownBy(() -> allowed(bytes("RFB 003.003\n"))).hasMessageContaining("3.8");
        LookOnlyTest another = new LookOnlyTest();
        another.allowed(bytes("RFB 003.008\n"));
        assertThatThrownBy(() -> another.allowed(bytes(2))).hasMessageContaining("security");
    }

    @Test
    void whatIsTooLongEndsTheConnection() throws IOException {
        allowed(GREETING);
        assertThatThrownBy(() -> allowed(bytes(2, 0, 1, 1))).hasMessageContaining("encodings");
        LookOnlyTest another = new LookOnlyTest();
        another.allowed(GREETING);
        assertThatThrownBy(() -> another.allowed(bytes(248, 0, 0, 0, 0, 0, 0, 0, 65)))
                .hasMessageContaining("fence");
    }

    /** Whatever is sent: what comes out are whole messages of the kinds that may pass, or the connection ends. */
    @Test
    void whateverTheBytesAreOnlyWhatMayPassPasses() {
        Mutations messages = Mutations.of(List.of(
                message(0, 20),
                bytes(2, 0, 0, 2, 0, 0, 0, 1, 255, 255, 255, 33),
                message(3, 10),
                message(4, 8),
                message(5, 6),
                bytes(6, 0, 0, 0, 0, 0, 0, 3, "abc"),
                message(150, 10),
                bytes(248, 0, 0, 0, 0, 0, 0, 0, 3, "abc"),
                message(250, 4),
                message(251, 8),
                message(255, 12)));
        Fuzzing.Generator conversations = random -> {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int i = random.nextInt(4); i >= 0; i--) {
                all.writeBytes(messages.next(random));
            }
            return all.toByteArray();
        };
        Fuzzing.of(LookOnlyTest.class, "screen-input")
                .run(conversations, sent -> {
                    LookOnlyTest client = new LookOnlyTest();
                    client.allowed(GREETING);
                    try {
                        assertHarmless(client.allowed(sent), sent.length);
                        return true;
                    } catch (IOException e) {
                        return false;
                    }
                })
                .requireBoth();
    }

    /** Read again in the simplest way: only messages about how the screen is shown, one after another. */
    private static void assertHarmless(byte[] passed, int sent) {
        assertThat(passed.length).isLessThanOrEqualTo(sent);
        if (passed.length > 0) {
            assertThat(Byte.toUnsignedInt(passed[0])).isIn(0, 2, 3, 150, 248);
        }
    }
}
