package org.kdcloudlet.server.manager.console;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Lets a client of RFB 3.8 (RFC 6143, section 7) choose how it is shown the screen, and nothing else. Keys, the pointer, the clipboard,
 * the size of the screen, and the power are dropped; what is not known ends the connection, since its length is not known either. The
 * client always shares the screen with others: asking for it alone would throw them out.
 */
final class LookOnly implements ConsoleInput {
    /** More encodings than any client knows. */
    private static final int MAX_ENCODINGS = 256;
    /** RFB protocol (rfbproto), section 7.4.7: the longest payload of a fence. */
    private static final int MAX_FENCE_BYTES = 64;

    private static final byte[] VERSION = "RFB 003.008\n".getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST = 4 + 4 * MAX_ENCODINGS;
    private static final byte NO_SECURITY = 1;
    private static final byte SHARED = 1;

    private enum Phase {
        VERSION,
        SECURITY,
        INIT,
        MESSAGES
    }

    /** How far a message is understood: how long it is, or how many of its bytes tell that. */
    private record Shape(int header, long length, boolean passes) {
        static Shape passed(long length) {
            return new Shape(0, length, true);
        }

        static Shape dropped(long length) {
            return new Shape(0, length, false);
        }

        static Shape needs(int header) {
            return new Shape(header, 0, false);
        }
    }

    private final ByteBuffer message = ByteBuffer.allocate(LONGEST);
    private Phase phase = Phase.VERSION;
    private long toDrop;
    private long dropped;

    @Override
    public ByteBuffer allowed(ByteBuffer received) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(message.position() + received.remaining());
        while (received.hasRemaining()) {
            if (toDrop > 0) {
                int dropped = (int) Math.min(toDrop, received.remaining());
                received.position(received.position() + dropped);
                toDrop -= dropped;
            } else {
                message.put(received.get());
                step(out);
            }
        }
        return out.flip();
    }

    /** How many messages were dropped so far. */
    long dropped() {
        return dropped;
    }

    private void step(ByteBuffer out) throws IOException {
        switch (phase) {
            case VERSION -> {
                if (message.position() == VERSION.length) {
                    require(Arrays.equals(taken(), VERSION), "it is not of version 3.8");
                    pass(out, VERSION, Phase.SECURITY);
                }
            }
            case SECURITY -> {
                require(message.get(0) == NO_SECURITY, "it chose a security type that was not offered");
                pass(out, taken(), Phase.INIT);
            }
            case INIT -> pass(out, new byte[] {SHARED}, Phase.MESSAGES);
            case MESSAGES -> messageStep(out);
        }
    }

    private void messageStep(ByteBuffer out) throws IOException {
        Shape shape = shape();
        if (shape.header() > message.position()) {
            return;
        }
        if (!shape.passes()) {
            toDrop = shape.length() - message.position();
            dropped++;
            message.clear();
        } else if (message.position() == shape.length()) {
            pass(out, taken(), Phase.MESSAGES);
        }
    }

    private void pass(ByteBuffer out, byte[] bytes, Phase next) {
        out.put(bytes);
        message.clear();
        phase = next;
    }

    private byte[] taken() {
        return Arrays.copyOf(message.array(), message.position());
    }

    /** Lengths by RFC 6143, section 7.5, and the registered extensions that noVNC uses. */
    private Shape shape() throws IOException {
        int have = message.position();
        return switch (Byte.toUnsignedInt(message.get(0))) {
            case 0 -> Shape.passed(20); // SetPixelFormat
            case 2 -> have < 4 ? Shape.needs(4) : encodings(); // SetEncodings
            case 3, 150 -> Shape.passed(10); // FramebufferUpdateRequest, EnableContinuousUpdates
            case 4 -> Shape.dropped(8); // KeyEvent
            case 5 -> Shape.dropped(6); // PointerEvent
            case 6 -> have < 8 ? Shape.needs(8) : Shape.dropped(8 + clipboard()); // ClientCutText
            case 248 -> have < 9 ? Shape.needs(9) : fence(); // ClientFence
            case 250 -> Shape.dropped(4); // xvp
            case 251 -> have < 8 ? Shape.needs(8) : Shape.dropped(8 + 16L * unsigned(6)); // SetDesktopSize
            case 255 -> have < 4 ? Shape.needs(4) : qemu(); // QEMU's
            default -> throw refusal("it sent a message of unknown type");
        };
    }

    private Shape encodings() throws IOException {
        int number = Short.toUnsignedInt(message.getShort(2));
        require(number <= MAX_ENCODINGS, "it knows too many encodings");
        return Shape.passed(4 + 4L * number);
    }

    /** A negative length is that of the extended clipboard. */
    private long clipboard() {
        return Math.abs((long) message.getInt(4));
    }

    private Shape fence() throws IOException {
        int length = unsigned(8);
        require(length <= MAX_FENCE_BYTES, "its fence is too long");
        return Shape.passed(9L + length);
    }

    /** Extended keys, and sound, whose format is told in six bytes more. */
    private Shape qemu() throws IOException {
        return switch (unsigned(1)) {
            case 0 -> Shape.dropped(12);
            case 1 -> Shape.dropped(Short.toUnsignedInt(message.getShort(2)) == 2 ? 10 : 4);
            default -> throw refusal("it sent a message of unknown type");
        };
    }

    private int unsigned(int index) {
        return Byte.toUnsignedInt(message.get(index));
    }

    private static void require(boolean fine, String problem) throws IOException {
        if (!fine) {
            throw refusal(problem);
        }
    }

    private static IOException refusal(String problem) {
        return new IOException("The client was refused: " + problem);
    }
}
