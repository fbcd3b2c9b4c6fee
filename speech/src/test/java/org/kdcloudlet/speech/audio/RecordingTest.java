package org.kdcloudlet.speech.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordingTest {
    @ParameterizedTest
    @ValueSource(ints = {8_000, 11_025, 16_000, 22_050, 44_100, 48_000})
    void lastsAsLongAsTheFile(int rate) throws Exception {
        short[] samples = read(Wavs.sine(1000, rate, 2, 16, 1.5));

        assertThat(samples.length).isBetween(23_990, 24_010);
        assertThat(amplitude(samples, 1000)).isCloseTo(0.5 * 32767, within(200.0));
    }

    /** What the model listens to above the band of a telephone is not empty. */
    @Test
    void aTelephonesSpectrumIsMirrored() throws Exception {
        short[] samples = read(Wavs.sine(3000, 8_000, 1, 16, 1));

        assertThat(amplitude(samples, 3000)).isCloseTo(0.5 * 32767, within(400.0));
        assertThat(amplitude(samples, 5000)).isCloseTo(0.6 * 0.5 * 32767, within(400.0));
    }

    @Test
    void aWideBandIsNotMirrored() throws Exception {
        short[] samples = read(Wavs.sine(3000, 16_000, 1, 16, 1));

        assertThat(amplitude(samples, 5000)).isLessThan(5);
    }

    @Test
    void silenceIsNeverDigital() throws Exception {
        short[] samples = read(Wavs.wav(16_000, 1, 16, new byte[32_000]));

        int zeros = 0;
        for (short sample : samples) {
            assertThat((int) sample).isBetween(-9, 9);
            zeros += sample == 0 ? 1 : 0;
        }
        assertThat(zeros).isLessThan(samples.length / 8);
    }

    @Test
    void loudSamplesAreCutAndDoNotWrapAround() throws Exception {
        byte[] data = new byte[32_000];
        for (int i = 0; i < data.length; i += 2) {
            data[i] = (byte) 0xff;
            data[i + 1] = 0x7f;
        }

        for (short sample : read(Wavs.wav(16_000, 1, 16, data))) {
            assertThat(sample).isPositive();
        }
    }

    @Test
    void theSameFileGivesTheSameSamples() throws Exception {
        byte[] wav = Wavs.sine(440, 44_100, 1, 16, 0.5);

        assertThat(Recording.read(new ByteArrayInputStream(wav)))
                .isEqualTo(Recording.read(new ByteArrayInputStream(wav)));
    }

    @Test
    void aFileThatLastsTooLongIsRefused() {
        byte[] wav = Wavs.wav(8_000, 1, 8, new byte[8_000 * 340]);

        assertThatThrownBy(() -> read(wav))
                .isInstanceOf(AudioFormatException.class)
                .hasMessageContaining("330 seconds");
    }

    @Test
    void anEmptyRecordingHasNoSamples() throws Exception {
        assertThat(read(Wavs.wav(16_000, 1, 16, new byte[0]))).isEmpty();
    }

    private static short[] read(byte[] wav) throws IOException, AudioFormatException {
        byte[] bytes = Recording.read(new ByteArrayInputStream(wav));
        short[] samples = new short[bytes.length / 2];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) (bytes[2 * i] & 0xff | bytes[2 * i + 1] << 8);
        }
        return samples;
    }

    /** Of one frequency, by a discrete Fourier transform of that one. */
    private static double amplitude(short[] samples, double hertz) {
        double real = 0;
        double imaginary = 0;
        int length = samples.length - samples.length % 1600;
        for (int i = 0; i < length; i++) {
            real += samples[i] * Math.cos(2 * Math.PI * hertz * i / Recording.RATE);
            imaginary += samples[i] * Math.sin(2 * Math.PI * hertz * i / Recording.RATE);
        }
        return 2 * Math.hypot(real, imaginary) / length;
    }
}
