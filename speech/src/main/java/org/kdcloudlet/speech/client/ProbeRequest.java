package org.kdcloudlet.speech.client;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.kdcloudlet.speech.audio.AudioFormatException;
import org.kdcloudlet.speech.audio.Recording;

/**
 * What a cloudlet sends to see whether the service answers: the beginning of a recording, as a request of the protocol. A clone that
 * waits in a pool has then recognized speech, and not only accepted a connection: what a processor, and more so a translator, does for
 * the first time takes long.
 */
public final class ProbeRequest {
    /** What an answer begins with when a recording was recognized. Source: spec/speech.md. */
    public static final String EXPECTED = "Speech output: ";
    /** So that a request has less than the 65,507 bytes that a probe may send. */
    public static final Duration LONGEST = Duration.ofSeconds(2);

    private static final int HEADER = 44;
    private static final int SAMPLE_BYTES = 2;
    private static final int PCM = 1;

    private ProbeRequest() {}

    /**
     * Makes a request of a WAV file.
     *
     * @param time how much of it; all of it when it is shorter
     * @throws IOException also when it is no recording, with the reason
     */
    public static byte[] beginning(Path wav, Duration time) throws IOException {
        if (time.isNegative() || time.isZero() || time.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("at most " + LONGEST.toSeconds() + " s of a recording, not " + time);
        }
        byte[] samples;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(wav))) {
            samples = Recording.read(in);
        } catch (AudioFormatException e) {
            throw new IOException(wav + ": " + e.getMessage(), e);
        }
        int wanted = Math.toIntExact(Recording.RATE * time.toMillis() / 1000) * SAMPLE_BYTES;
        int length = Math.min(samples.length, wanted);
        ByteBuffer request = ByteBuffer.allocate(8 + HEADER + length);
        request.putLong(HEADER + length).order(ByteOrder.LITTLE_ENDIAN);
        put(request, "RIFF").putInt(HEADER - 8 + length);
        put(request, "WAVEfmt ").putInt(16);
        request.putShort((short) PCM).putShort((short) 1).putInt(Recording.RATE);
        request.putInt(Recording.RATE * SAMPLE_BYTES);
        request.putShort((short) SAMPLE_BYTES).putShort((short) (8 * SAMPLE_BYTES));
        put(request, "data").putInt(length);
        return request.put(samples, 0, length).array();
    }

    private static ByteBuffer put(ByteBuffer buffer, String ascii) {
        return buffer.put(ascii.getBytes(StandardCharsets.US_ASCII));
    }
}
