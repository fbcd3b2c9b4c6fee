package org.kdcloudlet.hypervisor.digest;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Hashes by {@code sha256sum} of GNU coreutils, in a process beside this one, and a thread that hands over to it, so that whoever has
 * content goes on meanwhile. A server that is compiled for a quick start ({@code -XX:TieredStopAtLevel=1}) hashes some 100 MB in a second
 * of a processor, a third of what that program does. No more than {@value #BUFFERS} buffers are ever under way. Closing it ends the
 * process and the thread, whatever came of it.
 */
final class Sha256Program implements ContentDigest {
    /** The name of the thread. */
    static final String THREAD = "sha256sum";

    private static final Path PROGRAM = Path.of("/usr/bin/sha256sum");
    private static final int DIGITS = 64;
    private static final int BUFFERS = 8;
    private static final int BUFFER = 256 * 1024;

    private final BlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(BUFFERS);
    /** In their order; one that is empty is the end. */
    private final BlockingQueue<ByteBuffer> full = new ArrayBlockingQueue<>(BUFFERS + 1);

    private final Process process;
    private final Thread feeder;
    private volatile Optional<IOException> failure = Optional.empty();

    private Sha256Program(Process process) {
        this.process = process;
        for (int i = 0; i < BUFFERS; i++) {
            free.add(ByteBuffer.allocate(BUFFER));
        }
        feeder = new Thread(this::feed, THREAD);
        feeder.setDaemon(true);
        feeder.start();
    }

    /** Whether there is that program on this host. */
    static boolean isThere() {
        return Files.isExecutable(PROGRAM);
    }

    static Sha256Program start() throws IOException {
        return new Sha256Program(new ProcessBuilder(List.of(PROGRAM.toString(), "--binary", "-"))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    @Override
    public void update(byte[] bytes, int length) throws IOException {
        try {
            for (int at = 0; at < length; at += BUFFER) {
                throwFailure();
                ByteBuffer buffer = free.take().clear();
                full.put(buffer.put(bytes, at, Math.min(BUFFER, length - at)).flip());
            }
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private void throwFailure() throws DigestFailedException {
        if (failure.isPresent()) {
            throw new DigestFailedException(PROGRAM.toString(), failure.get());
        }
    }

    private static IOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("Interrupted");
    }

    /** Goes on taking buffers after a failure, so that whoever fills them is not held up, and hears of it. */
    private void feed() {
        try (OutputStream in = process.getOutputStream()) {
            for (ByteBuffer buffer = full.take(); buffer.hasRemaining(); buffer = full.take()) {
                if (failure.isEmpty()) {
                    feed(in, buffer);
                }
                free.put(buffer);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            failure = Optional.of(e);
        }
    }

    private void feed(OutputStream in, ByteBuffer buffer) {
        try {
            in.write(buffer.array(), 0, buffer.limit());
        } catch (IOException e) {
            failure = Optional.of(e);
        }
    }

    @Override
    public String finish() throws IOException {
        try {
            full.put(ByteBuffer.allocate(0));
            feeder.join();
        } catch (InterruptedException e) {
            throw interrupted();
        }
        throwFailure();
        try (InputStream out = process.getInputStream()) {
            String digest = new String(out.readNBytes(DIGITS), StandardCharsets.US_ASCII);
            if (!digest.matches("[0-9a-f]{" + DIGITS + "}")) {
                throw new DigestFailedException(PROGRAM.toString(), new IOException("It said \"" + digest + "\""));
            }
            return digest;
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        feeder.interrupt();
        boolean interrupted = false;
        while (feeder.isAlive()) {
            try {
                feeder.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
