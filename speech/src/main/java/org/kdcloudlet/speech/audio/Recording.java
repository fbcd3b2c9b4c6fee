package org.kdcloudlet.speech.audio;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A recording as a recognizer takes it: 16 kHz, mono, 16 bits, with two corrections without which the acoustic model fails
 * (docs/adr/0009-speech-engine.md has their measurements):
 *
 * <ul>
 *   <li>a floor of noise, so that there is no digital silence, whose logarithm no microphone ever gave;
 *   <li>for recordings that end below 8 kHz, as telephone does: the upper half of their spectrum mirrored, 4.4 dB down, into the
 *       band that the model listens to and that would be empty, where the consonants are.
 * </ul>
 */
public final class Recording {
    /** Samples a second. */
    public static final int RATE = 16_000;
    /** How long a recording may be, in s: what fits into 10 MiB at 16 kHz and 16 bits. */
    public static final int MAX_SECONDS = 330;

    /** Half the width of the noise, in steps of a 16-bit sample. */
    private static final int NOISE = 8;
    /** How strong the mirrored spectrum is. */
    private static final float MIRROR = 0.6f;

    private final SplittableRandom noise = new SplittableRandom(1);
    private byte[] samples = new byte[2 * RATE * 4];
    private int length;

    private Recording() {}

    /**
     * Converts a WAV file.
     *
     * @return the samples, little-endian
     * @throws AudioFormatException when it cannot be converted, or lasts longer than {@link #MAX_SECONDS}
     */
    public static byte[] read(InputStream wav) throws IOException, AudioFormatException {
        return new Recording().convert(WavReader.open(wav));
    }

    private byte[] convert(WavReader reader) throws IOException, AudioFormatException {
        int rate = reader.format().rate();
        if (rate < RATE) {
            // Of every second sample of twice the rate the spectrum mirrored at the old Nyquist frequency is part.
            Resampler down = new Resampler(2 * rate, RATE);
            float[] pair = new float[2];
            int[] filled = {0};
            copy(reader, new Resampler(rate, 2 * rate), sample -> {
                pair[filled[0]] = sample * (filled[0] == 0 ? 1 + MIRROR : 1 - MIRROR);
                filled[0] ^= 1;
                if (filled[0] == 0) {
                    down.write(pair, 2, this::add);
                }
            });
            down.finish(this::add);
        } else if (rate == RATE) {
            float[] block = new float[4096];
            for (int count = reader.read(block); count >= 0; count = reader.read(block)) {
                for (int i = 0; i < count; i++) {
                    add(block[i]);
                }
                requireBounded();
            }
        } else {
            copy(reader, new Resampler(rate, RATE), this::add);
        }
        return Arrays.copyOf(samples, length);
    }

    private void copy(WavReader reader, Resampler resampler, Resampler.Sink sink)
            throws IOException, AudioFormatException {
        float[] block = new float[4096];
        for (int count = reader.read(block); count >= 0; count = reader.read(block)) {
            resampler.write(block, count, sink);
            requireBounded();
        }
        resampler.finish(sink);
    }

    private void requireBounded() throws AudioFormatException {
        if (length > 2 * RATE * MAX_SECONDS) {
            throw new AudioFormatException(
                    "The recording lasts longer than " + MAX_SECONDS + " seconds; send it in parts.");
        }
    }

    private void add(float sample) {
        int value = Math.round(sample + (float) (noise.nextDouble() * 2 - 1) * NOISE);
        int bounded = Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, value));
        if (length == samples.length) {
            samples = Arrays.copyOf(samples, 2 * samples.length);
        }
        samples[length++] = (byte) bounded;
        samples[length++] = (byte) (bounded >> 8);
    }
}
