package org.kdcloudlet.hypervisor.qemu.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.fuzzing.Fuzzing;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImages.ImageLimits;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/** Seeded mutations of real headers: whatever the bytes are, there is a header or the refusal, and no other file is ever named. */
class ImageHeaderFuzzTest {
    private static final int HEADER = 1024;
    private static final ImageLimits LIMITS = new ImageLimits(1L << 40, 1L << 40);
    private static final long[] EDGES = {
        0,
        1,
        2,
        3,
        4,
        5,
        8,
        9,
        20,
        21,
        22,
        63,
        64,
        104,
        112,
        511,
        512,
        65_535,
        65_536,
        1 << 30,
        Integer.MAX_VALUE,
        0x8000_0000L,
        0xffff_ffffL,
        1L << 40,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
        -512,
        0xe279_2acaL,
        0x4441_5441L
    };

    @TempDir
    Path folder;

    /** A real length with a mutated beginning; what follows is read as zeros. */
    private record Mutated(byte[] start, long length) implements ImageBytes {
        @Override
        public void readFully(ByteBuffer buffer, long offset) {
            assertThat(offset).isBetween(0L, length - buffer.remaining());
            while (buffer.hasRemaining()) {
                long place = offset + buffer.position();
                buffer.put(place < start.length ? start[(int) place] : 0);
            }
        }
    }

    @Test
    void qcow2NeverNamesAnotherFile() throws IOException {
        TestImages images = new TestImages(folder);
        Path overlay = folder.resolve("overlay");
        images.qemuImg("create", "-q", "-u", "-f", "qcow2", "-b", "/etc/passwd", "-F", "raw", overlay.toString(), "1M");
        Path external = folder.resolve("external");
        images.qemuImg("create", "-q", "-f", "qcow2", "-o", "data_file=" + external + ".d", external.toString(), "1M");

        fuzz(
                Fuzzing.of(ImageHeaderFuzzTest.class, "disk-qcow2"),
                List.of(images.make("qcow2"), images.make("qcow2", "compat=0.10"), overlay, external));
    }

    @Test
    void vmdkAndVdiGiveAHeaderOrTheRefusal() throws IOException {
        TestImages images = new TestImages(folder);

        fuzz(
                Fuzzing.of(ImageHeaderFuzzTest.class, "disk-others"),
                List.of(
                        images.make("vmdk"),
                        images.make("vmdk", "subformat=streamOptimized"),
                        images.make("vdi"),
                        images.raw()));
    }

    /** Each input is the length of the image, then what it begins with. */
    private static void fuzz(Fuzzing fuzzing, List<Path> seeds) throws IOException {
        List<byte[]> starts = new ArrayList<>();
        List<Long> lengths = new ArrayList<>();
        for (Path seed : seeds) {
            lengths.add(Files.size(seed));
            try (var stream = Files.newInputStream(seed)) {
                starts.add(Arrays.copyOf(stream.readNBytes(HEADER), HEADER));
            }
        }
        Fuzzing.Generator generator = random -> {
            int seed = random.nextInt(starts.size());
            long length = random.nextInt(8) == 0 ? random.nextInt(70_000) : lengths.get(seed);
            byte[] start = mutate(starts.get(seed).clone(), random);
            return ByteBuffer.allocate(Long.BYTES + HEADER)
                    .putLong(length)
                    .put(start)
                    .array();
        };
        fuzzing.run(generator, input -> {
                    ByteBuffer parts = ByteBuffer.wrap(input);
                    long length = parts.getLong();
                    return check(new Mutated(Arrays.copyOfRange(input, Long.BYTES, input.length), length));
                })
                .requireBoth();
    }

    private static byte[] mutate(byte[] bytes, Random random) {
        int changes = 1 + random.nextInt(3);
        for (int change = 0; change < changes; change++) {
            int place = random.nextInt(random.nextBoolean() ? 128 : bytes.length - 8);
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            long edge = EDGES[random.nextInt(EDGES.length)];
            switch (random.nextInt(4)) {
                case 0 -> bytes[place] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[place] = (byte) random.nextInt();
                case 2 -> buffer.putInt(place & ~3, (int) edge);
                default -> buffer.putLong(place & ~7, edge);
            }
        }
        return bytes;
    }

    private static boolean check(Mutated image) {
        try {
            ImageHeader header = ImageHeader.check(image, Optional.empty(), LIMITS);
            assertThat(header.virtualBytes()).isBetween(1L, LIMITS.maxVirtualBytes());
            if (header.format() == DiskFormat.QCOW2) {
                // Read again in the simplest way: offset and length of the backing file's name, and the data file's
                // bit.
                ByteBuffer bytes = ByteBuffer.wrap(image.start());
                assertThat(bytes.getLong(8)).isZero();
                assertThat(bytes.getInt(16)).isZero();
                assertThat(bytes.getInt(4) == 3 ? bytes.getLong(72) & 4 : 0).isZero();
            }
            return true;
        } catch (HypervisorException refusal) {
            assertThat(refusal.error()).isEqualTo(HypervisorError.IMAGE_INVALID);
            return false;
        }
    }
}
