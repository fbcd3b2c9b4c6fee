package org.kdcloudlet.speech.audio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** WAV files for tests. */
public final class Wavs {
    private Wavs() {}

    /** A sine of half the full scale. */
    public static byte[] sine(double hertz, int rate, int channels, int bits, double seconds) {
        int frames = (int) (rate * seconds);
        ByteBuffer data = ByteBuffer.allocate(frames * channels * bits / 8).order(ByteOrder.LITTLE_ENDIAN);
        for (int frame = 0; frame < frames; frame++) {
            double value = 0.5 * Math.sin(2 * Math.PI * hertz * frame / rate);
            for (int channel = 0; channel < channels; channel++) {
                put(data, value, bits);
            }
        }
        return wav(rate, channels, bits, data.array());
    }

    private static void put(ByteBuffer data, double value, int bits) {
        switch (bits) {
            case 8 -> data.put((byte) (128 + Math.round(value * 127)));
            case 16 -> data.putShort((short) Math.round(value * 32767));
            default -> {
                int wide = (int) Math.round(value * 8388607);
                data.put((byte) wide).put((byte) (wide >> 8)).put((byte) (wide >> 16));
            }
        }
    }

    public static byte[] wav(int rate, int channels, int bits, byte[] data) {
        return file(chunk("fmt ", format(1, rate, channels, bits)), chunk("data", data));
    }

    /** The first 16 bytes of a chunk that describes the format. */
    static byte[] format(int encoding, int rate, int channels, int bits) {
        int frame = channels * bits / 8;
        return ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) encoding)
                .putShort((short) channels)
                .putInt(rate)
                .putInt(rate * frame)
                .putShort((short) frame)
                .putShort((short) bits)
                .array();
    }

    /** As {@link #format}, WAVE_FORMAT_EXTENSIBLE, with the sub-format PCM. */
    static byte[] extensible(int rate, int channels, int bits) {
        return ByteBuffer.allocate(40)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(format(0xfffe, rate, channels, bits))
                .putShort((short) 22)
                .putShort((short) bits)
                .putInt(channels == 1 ? 4 : 3)
                .put(new byte[] {1, 0, 0, 0, 0, 0, 0x10, 0, (byte) 0x80, 0, 0, (byte) 0xaa, 0, 0x38, (byte) 0x9b, 0x71})
                .array();
    }

    static byte[] chunk(String name, byte[] content) {
        return chunk(name, content.length, content);
    }

    static byte[] chunk(String name, int claimed, byte[] content) {
        return ByteBuffer.allocate(8 + content.length + (content.length & 1))
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(name.getBytes(StandardCharsets.US_ASCII))
                .putInt(claimed)
                .put(content)
                .array();
    }

    static byte[] file(byte[]... chunks) {
        int size = 4;
        for (byte[] chunk : chunks) {
            size += chunk.length;
        }
        ByteBuffer file = ByteBuffer.allocate(8 + size).order(ByteOrder.LITTLE_ENDIAN);
        file.put("RIFF".getBytes(StandardCharsets.US_ASCII))
                .putInt(size)
                .put("WAVE".getBytes(StandardCharsets.US_ASCII));
        for (byte[] chunk : chunks) {
            file.put(chunk);
        }
        return file.array();
    }
}
