package org.kdcloudlet.hypervisor.qemu.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.kdcloudlet.hypervisor.Progress;

/** Copies a file and takes its SHA-256 in one pass. Runs of zeros become holes, which raw disks mostly consist of. */
final class ImageCopy {
    private static final int BUFFER = 1 << 20;
    private static final int BLOCK = 64 << 10;
    private static final byte[] ZEROS = new byte[BLOCK];

    private ImageCopy() {}

    /**
     * Copies.
     *
     * @param from read from its beginning to {@code length}; a file that ends before is refused
     * @param to new or empty; on return its content is on disk
     * @return the digest, lowercase hex
     */
    static String copy(FileChannel from, Path to, long length, Progress progress) throws IOException {
        try (FileChannel target = FileChannel.open(to, StandardOpenOption.WRITE)) {
            String digest =
                    pass(from, length, progress, (buffer, position) -> writeWithHoles(target, buffer, position));
            setLength(target, length);
            target.force(true);
            return digest;
        }
    }

    /** The digest of a file, lowercase hex. */
    static String digest(Path file, Progress progress) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return pass(channel, channel.size(), progress, (buffer, position) -> {});
        }
    }

    private interface Sink {
        void accept(ByteBuffer buffer, long position) throws IOException;
    }

    private static String pass(FileChannel from, long length, Progress progress, Sink sink) throws IOException {
        MessageDigest digest = sha256();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        long done = 0;
        while (done < length) {
            progress.report(done, length);
            buffer.clear().limit((int) Math.min(BUFFER, length - done));
            while (buffer.hasRemaining()) {
                if (from.read(buffer, done + buffer.position()) < 0) {
                    throw Refusal.invalid("The image became shorter while it was read; import it when it is complete.");
                }
            }
            buffer.flip();
            digest.update(buffer.array(), 0, buffer.limit());
            sink.accept(buffer, done);
            done += buffer.limit();
        }
        progress.report(length, length);
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void writeWithHoles(FileChannel target, ByteBuffer buffer, long position) throws IOException {
        int end = buffer.limit();
        int start = 0;
        while (start < end) {
            int stop = start;
            while (stop < end && !isZero(buffer, stop, Math.min(end, stop + BLOCK))) {
                stop = Math.min(end, stop + BLOCK);
            }
            ByteBuffer data = buffer.duplicate().position(start).limit(stop);
            while (data.hasRemaining()) {
                target.write(data, position + data.position());
            }
            start = Math.min(end, stop + BLOCK);
        }
    }

    private static boolean isZero(ByteBuffer buffer, int start, int stop) {
        return Arrays.equals(buffer.array(), start, stop, ZEROS, 0, stop - start);
    }

    private static void setLength(FileChannel target, long length) throws IOException {
        if (target.size() < length) {
            target.write(ByteBuffer.allocate(1), length - 1);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }
}
