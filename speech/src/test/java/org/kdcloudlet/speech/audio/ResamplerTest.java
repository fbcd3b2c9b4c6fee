package org.kdcloudlet.speech.audio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResamplerTest {
    private static final int TO = 16_000;

    @TempDir
    Path folder;

    /** Beside SoX, whose rate effect is of mastering quality: what differs is far below what 16-bit samples can hold. */
    @ParameterizedTest
    @ValueSource(ints = {8_000, 11_025, 12_000, 22_050, 24_000, 32_000, 44_100, 48_000, 8_001, 47_999})
    void givesWhatTheReferenceGives(int rate) throws Exception {
        float[] speechLike = speechLike(rate);
        float[] ours = resample(speechLike, rate);
        float[] reference = sox(speechLike, rate);

        assertThat(ours.length).isBetween(reference.length - 2, reference.length + 2);
        assertThat(differenceDecibels(ours, reference)).isLessThan(-60);
    }

    /** What cannot be represented is removed, not folded back to where it would be heard. */
    @ParameterizedTest
    @ValueSource(ints = {22_050, 32_000, 44_100, 48_000})
    void doesNotFold(int rate) {
        float[] sine = new float[rate];
        for (int i = 0; i < sine.length; i++) {
            sine[i] = (float) (10_000 * Math.sin(2 * Math.PI * 9_500 * i / rate));
        }

        float[] ours = resample(sine, rate);

        assertThat(decibels(ours, 10_000 / Math.sqrt(2))).isLessThan(-75);
    }

    @Test
    void itDoesNotMatterInWhichPiecesSamplesCome() {
        float[] samples = speechLike(44_100);
        Resampler resampler = new Resampler(44_100, TO);
        float[] pieces = new float[samples.length];
        int[] length = {0};
        Random random = new Random(1);
        for (int at = 0; at < samples.length; ) {
            int now = Math.min(samples.length - at, 1 + random.nextInt(20_000));
            resampler.write(java.util.Arrays.copyOfRange(samples, at, at + now), now, s -> pieces[length[0]++] = s);
            at += now;
        }
        resampler.finish(s -> pieces[length[0]++] = s);

        assertThat(java.util.Arrays.copyOf(pieces, length[0])).isEqualTo(resample(samples, 44_100));
    }

    /** Sines below the edge of the pass bands of both rates, with a slow beginning and end. */
    private static float[] speechLike(int rate) {
        float[] samples = new float[rate * 2];
        double edge = 0.45 * Math.min(rate, TO);
        for (int i = 0; i < samples.length; i++) {
            double time = (double) i / rate;
            double value = 0;
            for (double hertz : new double[] {120, 440, 0.3 * edge, 0.7 * edge, 0.99 * edge}) {
                value += 3_000 * Math.sin(2 * Math.PI * hertz * time + hertz);
            }
            samples[i] = (float) (value * Math.pow(Math.sin(Math.PI * time / 2), 2));
        }
        return samples;
    }

    private static float[] resample(float[] samples, int rate) {
        Resampler resampler = new Resampler(rate, TO);
        float[] out = new float[(int) ((long) samples.length * TO / rate) + 100];
        int[] length = {0};
        resampler.write(samples, samples.length, sample -> out[length[0]++] = sample);
        resampler.finish(sample -> out[length[0]++] = sample);
        return java.util.Arrays.copyOf(out, length[0]);
    }

    private float[] sox(float[] samples, int rate) throws IOException, InterruptedException {
        ByteBuffer raw = ByteBuffer.allocate(4 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float sample : samples) {
            raw.putFloat(sample / 32768);
        }
        Files.write(folder.resolve("in"), raw.array());
        String[] float32 = {"-t", "raw", "-e", "float", "-b", "32", "-c", "1"};
        java.util.List<String> command = new java.util.ArrayList<>(java.util.List.of("sox", "-D"));
        command.addAll(java.util.List.of(float32));
        command.addAll(java.util.List.of("-r", Integer.toString(rate), "in"));
        command.addAll(java.util.List.of(float32));
        command.addAll(java.util.List.of("-r", Integer.toString(TO), "out", "rate", "-v", "-b", "95"));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .inheritIO()
                .start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        ByteBuffer out =
                ByteBuffer.wrap(Files.readAllBytes(folder.resolve("out"))).order(ByteOrder.LITTLE_ENDIAN);
        float[] result = new float[out.remaining() / 4];
        for (int i = 0; i < result.length; i++) {
            result[i] = out.getFloat() * 32768;
        }
        return result;
    }

    private static double differenceDecibels(float[] ours, float[] reference) {
        int length = Math.min(ours.length, reference.length);
        float[] difference = new float[length];
        double power = 0;
        for (int i = 0; i < length; i++) {
            difference[i] = ours[i] - reference[i];
            power += reference[i] * reference[i];
        }
        return decibels(difference, Math.sqrt(power / length));
    }

    /** Without the ends, where a sine that begins at once has all frequencies. */
    private static double decibels(float[] samples, double reference) {
        double power = 0;
        int edge = Math.min(400, samples.length / 4);
        for (int i = edge; i < samples.length - edge; i++) {
            power += samples[i] * samples[i];
        }
        return 20 * Math.log10(Math.sqrt(power / (samples.length - 2 * edge)) / reference);
    }
}
