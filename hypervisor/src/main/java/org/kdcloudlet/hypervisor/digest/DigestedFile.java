package org.kdcloudlet.hypervisor.digest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.kdcloudlet.hypervisor.Reverter;

/**
 * A file that is hashed while it is written, beside it where it is long: reading what it is made of takes one processor and hashing
 * another. Runs of zeros become holes. Closing it ends the hashing, whatever came of the file. For use by one thread.
 */
public final class DigestedFile implements AutoCloseable {
    private static final int BUFFER = 256 * 1024;
    private static final int HOLE = 64 * 1024;
    private static final ByteBuffer ZEROS = ByteBuffer.allocate(HOLE).asReadOnlyBuffer();
    /** So that not all of it is left to be brought to disk at the end. */
    private static final long SYNC_EVERY = 128L << 20;

    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    private final ContentDigest digest;
    private final FileChannel channel;
    private long written;

    private DigestedFile(Path file, long length, OpenOption... options) throws IOException {
        channel = FileChannel.open(file, options);
        try (Reverter undo = new Reverter()) {
            undo.add("close " + file, channel::close);
            digest = ContentDigest.of(length);
            undo.commit();
        }
    }

    /**
     * A file that is not there yet.
     *
     * @param length about how long it will be, in bytes
     */
    public static DigestedFile create(Path file, long length) throws IOException {
        return new DigestedFile(file, length, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /**
     * A file that is there, and empty.
     *
     * @param length about how long it will be, in bytes
     */
    public static DigestedFile fill(Path file, long length) throws IOException {
        return new DigestedFile(file, length, StandardOpenOption.WRITE);
    }

    /**
     * Takes the next of a stream, some hundred KiB.
     *
     * @return how many bytes there were; -1 at the end
     * @throws DigestFailedException when there will be no digest
     * @throws IOException of the stream, or of the file
     */
    public int readFrom(InputStream in) throws IOException {
        return readFrom(in, BUFFER);
    }

    /**
     * The same, but no more than so many.
     *
     * @param most bytes, at least 1
     */
    public int readFrom(InputStream in, long most) throws IOException {
        int read = in.readNBytes(buffer.array(), 0, (int) Math.min(BUFFER, most));
        if (read == 0) {
            return -1;
        }
        digest.update(buffer.array(), read);
        write(buffer.position(0).limit(read));
        return read;
    }

    /**
     * Waits until everything is hashed and on disk.
     *
     * @return the SHA-256 of it, lowercase hex
     * @throws DigestFailedException when there is none
     */
    public String finish() throws IOException {
        endHole();
        channel.force(true);
        return digest.finish();
    }

    private void write(ByteBuffer bytes) throws IOException {
        writeSparsely(bytes, written);
        long after = written + bytes.limit();
        if (after / SYNC_EVERY > written / SYNC_EVERY) {
            channel.force(false);
        }
        written = after;
    }

    /** A hole at the end does not make a file longer by itself. */
    private void endHole() throws IOException {
        if (channel.size() < written) {
            channel.write(ByteBuffer.allocate(1), written - 1);
        }
    }

    private void writeSparsely(ByteBuffer bytes, long position) throws IOException {
        int begin = 0;
        for (int at = 0; at < bytes.limit(); at += HOLE) {
            int length = Math.min(HOLE, bytes.limit() - at);
            if (isZero(bytes.slice(at, length))) {
                writeAt(bytes.slice(begin, at - begin), position + begin);
                begin = at + length;
            }
        }
        writeAt(bytes.slice(begin, bytes.limit() - begin), position + begin);
    }

    private static boolean isZero(ByteBuffer part) {
        return part.mismatch(ZEROS.slice(0, part.remaining())) < 0;
    }

    private void writeAt(ByteBuffer bytes, long position) throws IOException {
        for (long at = position; bytes.hasRemaining(); ) {
            at += channel.write(bytes, at);
        }
    }

    @Override
    public void close() throws IOException {
        digest.close();
        channel.close();
    }
}
