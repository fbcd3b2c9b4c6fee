package org.kdcloudlet.speech.audio;

/**
 * How samples lie in a file.
 *
 * @param rate frames a second, 8000 to 48000
 * @param channels 1 or 2
 * @param bits of each sample, 8 (unsigned), 16 or 24 (signed, little-endian)
 */
public record PcmFormat(int rate, int channels, int bits) {
    private static final int MIN_RATE = 8_000;
    private static final int MAX_RATE = 48_000;

    static PcmFormat of(long rate, int channels, int bits) throws AudioFormatException {
        if (rate < MIN_RATE || rate > MAX_RATE) {
            throw new AudioFormatException(
                    "The recording has " + rate + " samples a second; send one with 8000 to 48000.");
        }
        if (channels < 1 || channels > 2) {
            throw new AudioFormatException("The recording has " + channels + " channels; send mono or stereo.");
        }
        if (bits != 8 && bits != 16 && bits != 24) {
            throw new AudioFormatException("The recording has " + bits + " bits a sample; send 8, 16 or 24.");
        }
        return new PcmFormat((int) rate, channels, bits);
    }

    /** Bytes of one sample of all channels. */
    public int frameSize() {
        return channels * bits / 8;
    }
}
