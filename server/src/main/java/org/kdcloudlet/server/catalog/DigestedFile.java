package org.kdcloudlet.server.catalog;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * A new file that is hashed and written by a thread of its own, beside the caller who makes its content: unpacking takes one processor
 * and hashing another. No more than {@value #BUFFERS} buffers are ever under way. Runs of zeros become holes. Closing it ends the
 * thread, whatever came of the file. For use by one thread.
 */
final class DigestedFile implements AutoCloseable {
    private static final int BUFFERS = 8;
    private static final int BUFFER = 256 * 1024;
    private static final int HOLE = 64 * 1024;
    private static final ByteBuffer ZEROS = ByteBuffer.allocate(HOLE).asReadOnlyBuffer();
    /** So that not all of it is left to be brought to disk at the end. */
    private static final long SYNC_EVERY = 128L << 20;

    private final BlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(BUFFERS);
    private final BlockingQueue<ByteBuffer> full = new ArrayBlockingQueue<>(BUFFERS + 1);
    private final MessageDigest digest = sha256();
    private final FileChannel channel;
    private final Thread writer;
    private volatile Optional<Exception> failure = Optional.empty();

    DigestedFile(Path file) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        for (int i = 0; i < BUFFERS; i++) {
            free.add(ByteBuffer.allocate(BUFFER));
        }
        writer = new Thread(this::writeAll, "package-disk");
        writer.setDaemon(true);
        writer.start();
    }

    /**
     * Takes the next of a stream, up to a buffer full of it.
     *
     * @return how many bytes there were; -1 at the end
     * @throws IOException of the stream, or of the file
     */
    int readFrom(InputStream in) throws IOException {
        ByteBuffer buffer = take();
        int read = in.readNBytes(buffer.array(), 0, BUFFER);
        if (read > 0) {
            put(buffer.limit(read).position(0));
        } else {
            free.add(buffer);
        }
        return read > 0 ? read : -1;
    }

    /**
     * Waits until everything is written.
     *
     * @return the SHA-256 of it, lowercase hex
     */
    String finish() throws IOException {
        put(ByteBuffer.allocate(0));
        try {
            writer.join();
        } catch (InterruptedException e) {
            throw interrupted();
        }
        throwFailure();
        return HexFormat.of().formatHex(digest.digest());
    }

    private ByteBuffer take() throws IOException {
        throwFailure();
        try {
            return free.take().clear();
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private void put(ByteBuffer buffer) throws IOException {
        try {
            full.put(buffer);
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private static IOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("Interrupted");
    }

    private void throwFailure() throws IOException {
        if (failure.isPresent()) {
            Exception cause = failure.get();
            throw cause instanceof IOException io ? io : new EOFException("Writing ended early");
        }
    }

    /** Goes on taking buffers after a failure, so that whoever fills them is not held up, and hears of it. */
    private void writeAll() {
        long written = 0;
        try {
            for (ByteBuffer buffer = full.take(); buffer.hasRemaining(); buffer = full.take()) {
                if (failure.isEmpty()) {
                    written = write(buffer, written);
                }
                free.put(buffer);
            }
            endHole(written);
        } catch (InterruptedException e) {
            failure = Optional.of(e);
        }
    }

    private long write(ByteBuffer buffer, long written) {
        long after = written + buffer.remaining();
        try {
            digest.update(buffer.duplicate());
            writeSparsely(buffer, written);
            if (after / SYNC_EVERY > written / SYNC_EVERY) {
                channel.force(false);
            }
        } catch (IOException e) {
            failure = Optional.of(e);
        }
        return after;
    }

    /** A hole at the end does not make a file longer by itself. */
    private void endHole(long length) {
        try {
            if (failure.isEmpty() && channel.size() < length) {
                channel.write(ByteBuffer.allocate(1), length - 1);
            }
        } catch (IOException e) {
            failure = Optional.of(e);
        }
    }

    private void writeSparsely(ByteBuffer buffer, long position) throws IOException {
        int begin = 0;
        for (int at = 0; at < buffer.limit(); at += HOLE) {
            int length = Math.min(HOLE, buffer.limit() - at);
            if (isZero(buffer.slice(at, length))) {
                writeAt(buffer.slice(begin, at - begin), position + begin);
                begin = at + length;
            }
        }
        writeAt(buffer.slice(begin, buffer.limit() - begin), position + begin);
    }

    private static boolean isZero(ByteBuffer part) {
        return part.mismatch(ZEROS.slice(0, part.remaining())) < 0;
    }

    private void writeAt(ByteBuffer buffer, long position) throws IOException {
        for (long at = position; buffer.hasRemaining(); ) {
            at += channel.write(buffer, at);
        }
    }

    @Override
    public void close() throws IOException {
        writer.interrupt();
        boolean interrupted = false;
        while (writer.isAlive()) {
            try {
                writer.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        channel.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
