package org.kdcloudlet.speech.audio;

/**
 * Converts samples from one rate to another, band-limited: a windowed sinc, its pass band ending at 91 % of the lower of the two
 * Nyquist frequencies and its stop band, at least 80 dB down, beginning there. The output begins with the input and has its delay.
 *
 * <p>Source: J. O. Smith, Digital Audio Resampling (2002), https://ccrma.stanford.edu/~jos/resample/; the window and its
 * parameter: J. F. Kaiser (1974).
 */
final class Resampler {
    /** Takes the samples of the new rate, in order. */
    interface Sink {
        void accept(float sample);
    }

    private static final double STOP_BAND_DECIBELS = 80;
    private static final double KAISER_BETA = 0.1102 * (STOP_BAND_DECIBELS - 8.7);
    /** Of the lower Nyquist frequency: how wide the way from the pass band to the stop band is. */
    private static final double TRANSITION = 0.09;
    /** Positions between two samples for which the filter is computed; between those it is interpolated. */
    private static final int MAX_PHASES = 512;

    private final int from;
    private final int to;
    private final int phases;
    private final int halfLength;
    private final float[] filter;
    private final float[] history;
    private int held;
    /** Where the next output lies behind the middle of the filter's first position, in 1 / (from * to) s. */
    private long position;

    Resampler(int fromRate, int toRate) {
        int common = greatestCommonDivisor(fromRate, toRate);
        from = fromRate / common;
        to = toRate / common;
        phases = Math.min(to, MAX_PHASES);
        double nyquist = 0.5 * Math.min(1, (double) to / from);
        // Kaiser's estimate of the length: (A - 8) / (2.285 * transition in radians).
        double length = (STOP_BAND_DECIBELS - 8) / (2.285 * 2 * Math.PI * TRANSITION * nyquist);
        halfLength = (int) Math.ceil(length / 2);
        filter = design(nyquist * (1 - TRANSITION / 2));
        history = new float[2 * halfLength + 4096];
        held = halfLength - 1; // what came before the first sample is silence
    }

    private static int greatestCommonDivisor(int a, int b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }

    /** One row for each phase and one more, whose taps are the last one's of the row before, for the interpolation. */
    private float[] design(double cutoff) {
        int taps = 2 * halfLength;
        float[] rows = new float[(phases + 1) * taps];
        for (int phase = 0; phase <= phases; phase++) {
            double sum = 0;
            double[] row = new double[taps];
            for (int tap = 0; tap < taps; tap++) {
                double time = tap - (halfLength - 1) - (double) phase / phases;
                row[tap] = sinc(2 * cutoff * time) * kaiser(time / halfLength);
                sum += row[tap];
            }
            for (int tap = 0; tap < taps; tap++) {
                rows[phase * taps + tap] = (float) (row[tap] / sum);
            }
        }
        return rows;
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    }

    private static double kaiser(double x) {
        return Math.abs(x) >= 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);
    }

    /** The modified Bessel function of the first kind and order 0, by its power series. */
    private static double bessel(double x) {
        double term = 1;
        double sum = 1;
        for (int k = 1; term > sum * 1e-12; k++) {
            term *= x * x / (4.0 * k * k);
            sum += term;
        }
        return sum;
    }

    /** Takes the next samples. */
    void write(float[] samples, int count, Sink sink) {
        for (int done = 0; done < count; ) {
            int now = Math.min(count - done, history.length - held);
            System.arraycopy(samples, done, history, held, now);
            held += now;
            done += now;
            produce(sink);
        }
    }

    /** Takes the end: gives what lies before it. */
    void finish(Sink sink) {
        write(new float[halfLength], halfLength, sink);
    }

    private void produce(Sink sink) {
        int taps = 2 * halfLength;
        int first = (int) (position / to);
        while (first + taps <= held) {
            sink.accept(at(first, (int) (position % to)));
            position += from;
            first = (int) (position / to);
        }
        int drop = Math.min(first, held);
        System.arraycopy(history, drop, history, 0, held - drop);
        held -= drop;
        position -= (long) drop * to;
    }

    private float at(int first, int fraction) {
        int taps = 2 * halfLength;
        long scaled = (long) fraction * phases;
        int row = (int) (scaled / to) * taps;
        float between = (float) (scaled % to) / to;
        float here = 0;
        float next = 0;
        for (int tap = 0; tap < taps; tap++) {
            here += history[first + tap] * filter[row + tap];
        }
        if (between == 0) {
            return here;
        }
        for (int tap = 0; tap < taps; tap++) {
            next += history[first + tap] * filter[row + taps + tap];
        }
        return here + between * (next - here);
    }
}
