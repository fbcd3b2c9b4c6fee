package org.kdcloudlet.fuzzing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Makes inputs of valid ones by small changes: bits, bytes, numbers at the edges of what fits, parts that are taken out, repeated, moved
 * or taken from another valid input, words of the format, and ends that are cut off. Most bytes stay as they are, so that a parser gets
 * past its first check; one input in twenty is noise.
 */
public final class Mutations implements Fuzzing.Generator {
    private static final long[] EDGES = {
        0,
        1,
        -1,
        2,
        16,
        127,
        128,
        255,
        256,
        511,
        512,
        4096,
        32_767,
        32_768,
        65_535,
        65_536,
        1L << 30,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        0xffff_ffffL,
        1L << 40,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -512
    };
    private static final int MOST_CHANGES = 4;
    private static final int LONGEST_PART = 64;
    private static final int LONGEST_NOISE = 600;

    private final List<byte[]> valid;
    private final List<byte[]> words;

    private Mutations(List<byte[]> valid, List<byte[]> words) {
        this.valid = List.copyOf(valid);
        this.words = List.copyOf(words);
    }

    public static Mutations of(List<byte[]> valid) {
        return new Mutations(valid, List.of(new byte[] {0}));
    }

    public static Mutations of(String... valid) {
        return of(Arrays.stream(valid)
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList());
    }

    /** The same with words that mean something in the format, and are put in anywhere. */
    public Mutations words(String... newWords) {
        List<byte[]> all = new ArrayList<>(words);
        for (String word : newWords) {
            all.add(word.getBytes(StandardCharsets.UTF_8));
        }
        return new Mutations(valid, all);
    }

    @Override
    public byte[] next(Random random) {
        if (random.nextInt(20) == 0) {
            byte[] noise = new byte[random.nextInt(LONGEST_NOISE)];
            random.nextBytes(noise);
            return noise;
        }
        byte[] bytes = one(valid, random).clone();
        for (int change = random.nextInt(MOST_CHANGES + 1); change > 0; change--) {
            bytes = bytes.length == 0 ? one(words, random).clone() : changed(bytes, random);
        }
        return bytes;
    }

    private byte[] changed(byte[] bytes, Random random) {
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(10)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
            case 1 -> bytes[at] = (byte) random.nextInt();
            case 2 -> bytes[at] = bytes[random.nextInt(bytes.length)];
            case 3, 4 -> putEdge(bytes, at, random);
            default -> {
                return rebuilt(bytes, at, random);
            }
        }
        return bytes;
    }

    private static void putEdge(byte[] bytes, int at, Random random) {
        long edge = EDGES[random.nextInt(EDGES.length)];
        int width = 1 << random.nextInt(4);
        if (at + width > bytes.length) {
            return;
        }
        ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES)
                .order(random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(edge);
        int from = buffer.order() == ByteOrder.BIG_ENDIAN ? Long.BYTES - width : 0;
        System.arraycopy(buffer.array(), from, bytes, at, width);
    }

    private byte[] rebuilt(byte[] bytes, int at, Random random) {
        int end = Math.min(bytes.length, at + 1 + random.nextInt(LONGEST_PART));
        byte[] part = Arrays.copyOfRange(bytes, at, end);
        byte[] other = one(valid, random);
        int from = other.length == 0 ? 0 : random.nextInt(other.length);
        return switch (random.nextInt(6)) {
            case 0 -> Arrays.copyOf(bytes, at);
            case 1 -> joined(bytes, at, end, new byte[0]);
            case 2 -> joined(bytes, end, end, part);
            case 3 ->
                joined(bytes, at, end, Arrays.copyOfRange(other, from, Math.min(other.length, from + LONGEST_PART)));
            case 4 -> joined(bytes, at, at, one(words, random));
            default -> joined(bytes, at, end, one(words, random));
        };
    }

    /** What is before {@code begin}, the part, and what is from {@code end} on. */
    private static byte[] joined(byte[] bytes, int begin, int end, byte[] part) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(bytes, 0, begin);
        all.writeBytes(part);
        all.write(bytes, end, bytes.length - end);
        return all.toByteArray();
    }

    private static byte[] one(List<byte[]> all, Random random) {
        return all.get(random.nextInt(all.size()));
    }
}
