package org.kdcloudlet.server.upload;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.FullDisk;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/**
 * One upload under way. Whoever comes last has it: a connection that is dead, which the server may not know yet, does not keep its
 * sender from going on by another.
 */
final class UploadSession {
    private static final int BUFFER = 256 * 1024;
    /** After so many bytes they are brought to disk, and the space is looked at. */
    private static final long STRIDE = 64L << 20;

    private static final long TAKE_OVER_SECONDS = 15;
    private static final long LOOK_MILLIS = 100;

    private final UploadFiles.Stored stored;
    private final Path data;
    private final ReentrantLock lock = new ReentrantLock();
    private final UploadDigest digest;
    private volatile long offset;
    private volatile boolean gone;
    private volatile boolean lent;
    private volatile Optional<Runnable> cut = Optional.empty();

    /** @param offset bytes that are there */
    UploadSession(UploadFiles.Stored stored, Path data, long offset) {
        this.stored = stored;
        this.data = data;
        this.digest = new UploadDigest(data, stored.file().length());
        this.offset = offset;
    }

    UploadFiles.Stored stored() {
        return stored;
    }

    UploadRequest file() {
        return stored.file();
    }

    /** How many bytes are on disk. */
    long offset() {
        return offset;
    }

    /** Does something that nobody else may interfere with, having ended whoever sends at the moment. */
    <T> T alone(Supplier<T> work) {
        takeOver();
        try {
            if (gone) {
                throw unknown();
            }
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    private void takeOver() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TAKE_OVER_SECONDS);
        try {
            while (!lock.tryLock(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                cut.ifPresent(Runnable::run);
                if (System.nanoTime() > deadline) {
                    throw new CloudletException(
                            ErrorCode.CONFLICT, "The upload is being written by another request; try again.");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloudletException(ErrorCode.SHUTTING_DOWN, "The server is stopping.", e);
        }
    }

    static CloudletException unknown() {
        return new CloudletException(
                ErrorCode.UPLOAD_UNKNOWN, "There is no such upload any more, or it is not yours; begin it again.");
    }

    /** To be called alone. */
    void end() {
        gone = true;
        digest.close();
    }

    /** Holds nothing but what is on disk, unless it is being used. */
    void rest() {
        if (lock.tryLock()) {
            try {
                digest.close();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Whether it is being used. */
    boolean isLent() {
        return lent;
    }

    /** To be called alone. */
    void lend() {
        lent = true;
    }

    void giveBack() {
        lent = false;
    }

    /**
     * Adds what arrives. Whatever ends it, what has arrived until then is on disk.
     *
     * @param from where the sender goes on
     * @param disconnect ends the reading of the body, from another thread
     * @param space throws when no more may be written
     */
    void append(long from, InputStream body, Runnable disconnect, Runnable space) {
        alone(() -> {
            requireOffset(from);
            cut = Optional.of(disconnect);
            try (FileChannel channel = FileChannel.open(data, StandardOpenOption.WRITE)) {
                write(channel, body, space);
            } catch (IOException e) {
                throw failure(e);
            } finally {
                cut = Optional.empty();
            }
            return offset;
        });
    }

    private void requireOffset(long from) {
        if (from != offset) {
            throw new CloudletException(
                    ErrorCode.CONFLICT,
                    "The upload has " + offset + " bytes, so it goes on from there, not from " + from + ".",
                    Map.of("offset", offset));
        }
    }

    private void write(FileChannel channel, InputStream body, Runnable space) throws IOException {
        try {
            channel.position(offset);
            byte[] buffer = new byte[BUFFER];
            long next = offset + STRIDE;
            long position = offset;
            while (position < file().length()) {
                int read = read(body, buffer, file().length() - position);
                if (read < 0) {
                    return;
                }
                put(channel, buffer, read);
                position += read;
                if (position >= next) {
                    next += STRIDE;
                    channel.force(false);
                    offset = position;
                    space.run();
                }
            }
            if (body.read() >= 0) {
                throw new CloudletException(
                        ErrorCode.INVALID_VALUE,
                        "More was sent than the " + file().length() + " bytes that were announced.");
            }
        } finally {
            channel.force(false);
            offset = channel.size();
        }
    }

    private static int read(InputStream body, byte[] buffer, long most) throws IOException {
        try {
            return body.read(buffer, 0, (int) Math.min(buffer.length, most));
        } catch (IOException e) {
            throw new CloudletException(ErrorCode.CONFLICT, "The upload broke off; go on from where it is.", e);
        }
    }

    private void put(FileChannel channel, byte[] bytes, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
        long before = channel.position();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        if (file().sha256().isPresent()) {
            digest.update(before, bytes, length);
        }
    }

    /**
     * To be called alone, of a whole upload.
     *
     * @throws CloudletException the code of its kind when it has not the digest that was announced
     */
    void requireDigest() {
        if (file().sha256().isEmpty()) {
            return;
        }
        String found = digestOfFile();
        if (!file().sha256().get().equals(found)) {
            throw new CloudletException(
                    file().kind().code(),
                    "What arrived is not the file that was announced: its SHA-256 is " + found
                            + ". Begin the upload again.");
        }
    }

    private String digestOfFile() {
        try {
            return digest.finish();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    static CloudletException failure(IOException cause) {
        if (FullDisk.causes(cause)) {
            return new CloudletException(
                    ErrorCode.STORAGE_FULL,
                    "The disk is full; free some space and resume the upload: what has arrived is kept.",
                    cause);
        }
        return new CloudletException(
                ErrorCode.STORAGE_UNUSABLE, "The upload cannot be written: " + cause.getMessage(), cause);
    }
}
