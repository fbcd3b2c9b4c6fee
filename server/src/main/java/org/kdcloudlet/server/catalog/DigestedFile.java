package org.kdcloudlet.server.catalog;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.kdcloudlet.hypervisor.Reverter;

/**
 * A new file that is hashed by a thread of its own, and a process where it is long, beside the caller who makes its content: unpacking
 * takes one processor and hashing another. No more than {@value #BUFFERS} buffers are ever under way. Runs of zeros become holes.
 * Closing it ends the thread, whatever came of the file. For use by one thread.
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
    private final ContentDigest digest;
    private final FileChannel channel;
    private final Thread hasher;
    private volatile Optional<Exception> failure = Optional.empty();
    private long written;

    /** @param length about how long it will be, in bytes */
    DigestedFile(Path file, long length) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (Reverter undo = new Reverter()) {
            undo.add("close " + file, channel::close);
            digest = ContentDigest.of(length);
            undo.commit();
        }
        for (int i = 0; i < BUFFERS; i++) {
            free.add(ByteBuffer.allocate(BUFFER));
        }
        hasher = new Thread(this::hashAll, "package-disk");
        hasher.setDaemon(true);
        hasher.start();
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
            write(buffer.limit(read).position(0));
            put(buffer);
        } else {
            free.add(buffer);
        }
        return read > 0 ? read : -1;
    }

    /**
     * Waits until everything is hashed.
     *
     * @return the SHA-256 of it, lowercase hex
     */
    String finish() throws IOException {
        endHole();
        put(ByteBuffer.allocate(0));
        try {
            hasher.join();
        } catch (InterruptedException e) {
            throw interrupted();
        }
        throwFailure();
        return digest.finish();
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
            throw cause instanceof IOException io ? io : new EOFException("Hashing ended early");
        }
    }

    /** Goes on taking buffers after a failure, so that whoever fills them is not held up, and hears of it. */
    private void hashAll() {
        try {
            for (ByteBuffer buffer = full.take(); buffer.hasRemaining(); buffer = full.take()) {
                if (failure.isEmpty()) {
                    hash(buffer);
                }
                free.put(buffer);
            }
        } catch (InterruptedException e) {
            failure = Optional.of(e);
        }
    }

    private void hash(ByteBuffer buffer) {
        try {
            digest.update(buffer.array(), buffer.limit());
        } catch (IOException e) {
            failure = Optional.of(e);
        }
    }

    private void write(ByteBuffer buffer) throws IOException {
        writeSparsely(buffer, written);
        long after = written + buffer.limit();
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
        digest.close();
        hasher.interrupt();
        boolean interrupted = false;
        while (hasher.isAlive()) {
            try {
                hasher.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        channel.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
