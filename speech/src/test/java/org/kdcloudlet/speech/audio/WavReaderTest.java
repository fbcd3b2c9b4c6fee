package org.kdcloudlet.speech.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WavReaderTest {
    private static final byte[] SAMPLES = {0x10, 0x27, (byte) 0xf0, (byte) 0xd8}; // 10000, -10000

    @ParameterizedTest
    @CsvSource({"1, 8", "1, 16", "1, 24", "2, 8", "2, 16", "2, 24"})
    void readsEveryWidthAndBothChannelCounts(int channels, int bits) throws Exception {
        float[] samples = read(Wavs.sine(1000, 16_000, channels, bits, 0.1));

        assertThat(samples).hasSize(1600);
        for (int i = 0; i < samples.length; i++) {
            double expected = 0.5 * 32767 * Math.sin(2 * Math.PI * 1000 * i / 16_000);
            assertThat((double) samples[i]).as("sample %d", i).isCloseTo(expected, within(bits == 8 ? 300.0 : 1.0));
        }
    }

    @Test
    void stereoIsTheMeanOfBoth() throws Exception {
        assertThat(read(Wavs.wav(16_000, 2, 16, SAMPLES))).containsExactly(0f);
    }

    @Test
    void readsTheExtensibleFormat() throws Exception {
        byte[] wav = Wavs.file(Wavs.chunk("fmt ", Wavs.extensible(44_100, 1, 16)), Wavs.chunk("data", SAMPLES));

        assertThat(read(wav)).containsExactly(10_000f, -10_000f);
    }

    @Test
    void skipsOtherChunksAndTheirPadding() throws Exception {
        byte[] wav = Wavs.file(
                Wavs.chunk("LIST", new byte[7]),
                Wavs.chunk("fmt ", Arrays.copyOf(Wavs.format(1, 16_000, 1, 16), 18)),
                Wavs.chunk("fact", new byte[4]),
                Wavs.chunk("data", SAMPLES),
                Wavs.chunk("LIST", new byte[64]));

        assertThat(read(wav)).containsExactly(10_000f, -10_000f);
    }

    @Test
    void aDataChunkThatClaimsTooMuchEndsWithTheFile() throws Exception {
        byte[] wav = Wavs.file(Wavs.chunk("fmt ", Wavs.format(1, 16_000, 1, 16)), Wavs.chunk("data", -1, SAMPLES));

        assertThat(read(wav)).containsExactly(10_000f, -10_000f);
    }

    @Test
    void halfASampleAtTheEndIsDropped() throws Exception {
        assertThat(read(Wavs.wav(16_000, 1, 16, new byte[] {0x10, 0x27, 1}))).containsExactly(10_000f);
    }

    @Test
    void saysWhatIsWrong() {
        refuses(new byte[0], "ends before its samples");
        refuses("This is no WAV file at all.".getBytes(), "not a WAV file");
        refuses(Wavs.file(Wavs.chunk("data", SAMPLES)), "does not say how");
        refuses(Wavs.file(Wavs.chunk("fmt ", new byte[4])), "too short");
        refuses(Wavs.file(Wavs.chunk("fmt ", Wavs.format(1, 16_000, 1, 16))), "ends before its samples");
        refuses(Wavs.file(Wavs.chunk("fmt ", Wavs.format(3, 16_000, 1, 32))), "format 3; send PCM");
        refuses(Wavs.file(Wavs.chunk("fmt ", Wavs.format(0xfffe, 16_000, 1, 16))), "format 65534; send PCM");
        refuses(Wavs.file(Wavs.chunk("fmt ", Wavs.format(1, 7_999, 1, 16))), "7999 samples a second");
        refuses(Wavs.file(Wavs.chunk("fmt ", Wavs.format(1, -1, 1, 16))), "4294967295 samples a second");
        refuses(Wavs.file(Wavs.chunk("fmt ", Wavs.format(1, 16_000, 6, 16))), "6 channels");
        refuses(Wavs.file(Wavs.chunk("fmt ", Wavs.format(1, 16_000, 1, 12))), "12 bits");
        refuses(Wavs.file(Wavs.chunk("junk", -1, new byte[9])), "ends before its samples");
        refuses(manyChunks(), "first 1000 chunks");
    }

    private static byte[] manyChunks() {
        byte[][] chunks = new byte[2000][];
        Arrays.fill(chunks, Wavs.chunk("junk", new byte[1]));
        return Wavs.file(chunks);
    }

    /** Whatever comes, it is read, or refused with a sentence; never another exception. */
    @Test
    void survivesWhateverComes() throws IOException {
        Random random = new Random(5);
        byte[][] seeds = {
            Wavs.sine(1000, 44_100, 2, 16, 0.02),
            Wavs.file(
                    Wavs.chunk("LIST", new byte[31]),
                    Wavs.chunk("fmt ", Wavs.extensible(8_000, 1, 24)),
                    Wavs.chunk("data", new byte[333])),
        };
        int read = 0;
        int refused = 0;
        for (int round = 0; round < 5_000; round++) {
            byte[] wav = mutated(seeds[round % seeds.length], random);
            try {
                Recording.read(new ByteArrayInputStream(wav));
                read++;
            } catch (AudioFormatException e) {
                assertThat(e.getMessage()).endsWith(".");
                refused++;
            }
        }
        assertThat(read).isGreaterThan(500);
        assertThat(refused).isGreaterThan(500);
    }

    private static byte[] mutated(byte[] seed, Random random) {
        byte[] wav = seed.clone();
        for (int change = random.nextInt(6); change > 0; change--) {
            int at = random.nextInt(Math.min(wav.length, 100));
            wav[at] = switch (random.nextInt(3)) {
                case 0 -> (byte) random.nextInt(256);
                case 1 -> (byte) (wav[at] ^ 1 << random.nextInt(8));
                default -> (byte) 0xff;
            };
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(wav, random.nextInt(wav.length)) : wav;
    }

    private static void refuses(byte[] wav, String reason) {
        assertThatThrownBy(() -> read(wav))
                .isInstanceOf(AudioFormatException.class)
                .hasMessageContaining(reason)
                .hasMessageEndingWith(".");
    }

    private static float[] read(byte[] wav) throws IOException, AudioFormatException {
        WavReader reader = WavReader.open(new ByteArrayInputStream(wav));
        float[] all = new float[wav.length];
        float[] block = new float[100];
        int length = 0;
        for (int count = reader.read(block); count >= 0; count = reader.read(block)) {
            System.arraycopy(block, 0, all, length, count);
            length += count;
        }
        return Arrays.copyOf(all, length);
    }
}
