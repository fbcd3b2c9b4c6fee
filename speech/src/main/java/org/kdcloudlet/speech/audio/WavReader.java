package org.kdcloudlet.speech.audio;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads the samples of a PCM WAV file, plain or WAVE_FORMAT_EXTENSIBLE, as mono. Chunks that it does not know are skipped. A data
 * chunk that claims more than the file has, as recorders write that do not go back to correct it, ends with the file.
 *
 * <p>Source: Microsoft, Multimedia Programming Interface and Data Specifications 1.0 (1991), RIFF and WAVE;
 * WAVEFORMATEXTENSIBLE (mmreg.h).
 */
public final class WavReader {
    private static final int PCM = 1;
    private static final int EXTENSIBLE = 0xfffe;
    private static final int FORMAT_SIZE = 16;
    private static final int EXTENSIBLE_SIZE = 40;
    /** The sub-format's GUID behind its first two bytes, which are those of a plain format: KSDATAFORMAT_SUBTYPE_PCM. */
    private static final byte[] SUB_FORMAT = {
        0, 0, 0, 0, 0x10, 0, (byte) 0x80, 0, 0, (byte) 0xaa, 0, 0x38, (byte) 0x9b, 0x71
    };

    private static final int MAX_CHUNKS = 1000;

    private final InputStream in;
    private final PcmFormat format;
    private final byte[] block;
    private long bytesLeft;

    private WavReader(InputStream in, PcmFormat format, long bytesLeft) {
        this.in = in;
        this.format = format;
        this.bytesLeft = bytesLeft;
        this.block = new byte[format.frameSize() * 4096];
    }

    /**
     * Reads up to the samples.
     *
     * @throws AudioFormatException when this is not a PCM WAV file with 8 to 48 kHz, one or two channels, 8, 16 or 24 bits
     */
    public static WavReader open(InputStream in) throws IOException, AudioFormatException {
        try {
            ByteBuffer head = read(in, 12);
            if (!name(head, 0).equals("RIFF") || !name(head, 8).equals("WAVE")) {
                throw new AudioFormatException("This is not a WAV file; send one with PCM samples.");
            }
            return openChunks(in);
        } catch (EOFException e) {
            throw new AudioFormatException("The WAV file ends before its samples begin.");
        }
    }

    private static WavReader openChunks(InputStream in) throws IOException, AudioFormatException {
        PcmFormat format = null;
        for (int chunk = 0; chunk < MAX_CHUNKS; chunk++) {
            ByteBuffer head = read(in, 8);
            long size = Integer.toUnsignedLong(head.getInt(4));
            switch (name(head, 0)) {
                case "data" -> {
                    if (format == null) {
                        throw new AudioFormatException("The WAV file does not say how its samples are encoded.");
                    }
                    return new WavReader(in, format, size);
                }
                case "fmt " -> format = readFormat(in, size);
                default -> in.skipNBytes(size + (size & 1));
            }
        }
        throw new AudioFormatException("The WAV file has no samples among its first " + MAX_CHUNKS + " chunks.");
    }

    private static PcmFormat readFormat(InputStream in, long size) throws IOException, AudioFormatException {
        if (size < FORMAT_SIZE) {
            throw new AudioFormatException("The WAV file's description of its format is too short.");
        }
        int used = (int) Math.min(size, EXTENSIBLE_SIZE);
        ByteBuffer fields = read(in, used);
        in.skipNBytes(size - used + (size & 1));
        int encoding = Short.toUnsignedInt(fields.getShort(0));
        if (encoding == EXTENSIBLE && used == EXTENSIBLE_SIZE && isPlain(fields)) {
            encoding = Short.toUnsignedInt(fields.getShort(24));
        }
        if (encoding != PCM) {
            throw new AudioFormatException(
                    "The WAV file's samples are encoded as format " + encoding + "; send PCM samples.");
        }
        return PcmFormat.of(
                Integer.toUnsignedLong(fields.getInt(4)),
                Short.toUnsignedInt(fields.getShort(2)),
                Short.toUnsignedInt(fields.getShort(14)));
    }

    private static boolean isPlain(ByteBuffer fields) {
        return ByteBuffer.wrap(SUB_FORMAT).equals(fields.slice(26, SUB_FORMAT.length));
    }

    /** How the samples are encoded. */
    public PcmFormat format() {
        return format;
    }

    /**
     * Reads the next samples, the mean of all channels of each frame.
     *
     * @param samples takes values from -32768 up to but not 32768, on the scale of 16-bit samples
     * @return how many were read; -1 at the end. Half a frame at the end is dropped.
     */
    public int read(float[] samples) throws IOException {
        int frameSize = format.frameSize();
        int wanted = (int) Math.min(Math.min(block.length, (long) samples.length * frameSize), bytesLeft);
        int got = in.readNBytes(block, 0, wanted - wanted % frameSize);
        bytesLeft = got == 0 ? 0 : bytesLeft - got;
        int frames = got / frameSize;
        for (int frame = 0; frame < frames; frame++) {
            float first = sample(frame * frameSize);
            samples[frame] =
                    format.channels() == 1 ? first : (first + sample(frame * frameSize + format.bits() / 8)) / 2;
        }
        return frames == 0 ? -1 : frames;
    }

    private float sample(int at) {
        return switch (format.bits()) {
            case 8 -> (Byte.toUnsignedInt(block[at]) - 128) * 256f;
            case 16 -> (short) (block[at] & 0xff | block[at + 1] << 8);
            default -> (block[at] & 0xff | (block[at + 1] & 0xff) << 8 | block[at + 2] << 16) / 256f;
        };
    }

    private static ByteBuffer read(InputStream in, int size) throws IOException {
        byte[] bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new EOFException();
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static String name(ByteBuffer buffer, int at) {
        return new String(buffer.array(), at, 4, StandardCharsets.ISO_8859_1);
    }
}
