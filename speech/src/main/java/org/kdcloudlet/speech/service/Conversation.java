package org.kdcloudlet.speech.service;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.kdcloudlet.speech.audio.AudioFormatException;
import org.kdcloudlet.speech.audio.Recording;
import org.kdcloudlet.speech.recognizer.Recognizer;
import org.kdcloudlet.speech.recognizer.RecognizerException;

/**
 * One connection: requests and their answers, one after the other, until the client closes it, breaks the protocol or is too slow. A
 * file that arrives goes to disk, so that a connection needs little memory however large its file is.
 */
final class Conversation {
    private static final System.Logger LOG = System.getLogger(Conversation.class.getName());
    /** What the names of files that arrive begin with. */
    static final String SPOOLED = "recording";

    private static final int BLOCK = 64 * 1024;
    /** What is read and dropped of a request that was refused, so that its sender comes to reading why. */
    private static final long MAX_DROPPED = 2L * Limits.MAX_FILE;

    private static final Duration DROPPING = Duration.ofSeconds(2);

    private final SocketChannel channel;
    private final String model;
    private final Recognizer recognizer;
    private final Path spool;
    private final Limits limits;
    private final ScheduledExecutorService deadlines;

    Conversation(
            SocketChannel channel,
            String model,
            Recognizer recognizer,
            Path spool,
            Limits limits,
            ScheduledExecutorService deadlines) {
        this.channel = channel;
        this.model = model;
        this.recognizer = recognizer;
        this.spool = spool;
        this.limits = limits;
        this.deadlines = deadlines;
    }

    /** Serves the connection to its end. */
    void run() {
        try (channel) {
            channel.setOption(java.net.StandardSocketOptions.TCP_NODELAY, true);
            while (exchange()) {
                // the next request
            }
        } catch (RefusedException e) {
            LOG.log(System.Logger.Level.DEBUG, "Refused a request: {0}", e.getMessage());
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "A connection ended: {0}", e.getMessage());
        }
    }

    /** Refuses the connection as a whole. */
    void refuse(String reason) {
        try (channel) {
            tellAndDrop(new RefusedException(reason));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "A refused connection ended: {0}", e.getMessage());
        }
    }

    /** One request and its answer; false when the client has closed the connection before another one. */
    private boolean exchange() throws IOException, RefusedException {
        ByteBuffer head = ByteBuffer.allocate(8);
        if (within(limits.idle(), () -> channel.read(head.limit(1))) < 0) {
            return false;
        }
        head.limit(8);
        try {
            serve(head);
            return true;
        } catch (RefusedException e) {
            tellAndDrop(e);
            throw e;
        }
    }

    private void serve(ByteBuffer head) throws IOException, RefusedException {
        ByteBuffer reply = reply(head);
        within(limits.transfer(), () -> write(reply));
    }

    private ByteBuffer reply(ByteBuffer head) throws IOException, RefusedException {
        Path file = Files.createTempFile(spool, SPOOLED, ".wav");
        try {
            long began = System.nanoTime();
            within(limits.transfer(), () -> receive(head, file));
            long received = System.nanoTime();
            List<String> words = recognize(file);
            return Replies.recognized(words, millis(began, received), millis(received, System.nanoTime()));
        } finally {
            Files.delete(file);
        }
    }

    private int receive(ByteBuffer head, Path file) throws IOException, RefusedException {
        fill(head);
        long length = head.getLong(0);
        if (length < 1 || length > Limits.MAX_FILE) {
            throw new RefusedException("The length of a recording is 1 to " + Limits.MAX_FILE + " bytes, not "
                    + Long.toUnsignedString(length) + ".");
        }
        ByteBuffer block = ByteBuffer.allocate((int) Math.min(BLOCK, length));
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (long left = length; left > 0; left -= block.limit()) {
                block.clear().limit((int) Math.min(block.capacity(), left));
                fill(block);
                block.flip();
                while (block.hasRemaining()) {
                    out.write(block);
                }
            }
        }
        return (int) length;
    }

    private void fill(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new java.io.EOFException("the client closed the connection within a request");
            }
        }
    }

    private List<String> recognize(Path file) throws IOException, RefusedException {
        try {
            return recognizer.recognize(model, () -> {
                try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BLOCK)) {
                    return Recording.read(in);
                } catch (AudioFormatException e) {
                    throw new UnusableRecordingException(e);
                }
            });
        } catch (UnusableRecordingException | RecognizerException e) {
            throw new RefusedException(e.getMessage());
        }
    }

    /** Says why, then reads on for a moment: closing at once would take the answer back from a client that still sends. */
    private void tellAndDrop(RefusedException why) throws IOException {
        within(DROPPING, () -> {
            write(Replies.refused(why.getMessage()));
            channel.shutdownOutput();
            ByteBuffer dropped = ByteBuffer.allocate(BLOCK);
            for (long total = 0; total < MAX_DROPPED; ) {
                int now = channel.read(dropped.clear());
                if (now < 0) {
                    break;
                }
                total += now;
            }
            return 0;
        });
    }

    private int write(ByteBuffer reply) throws IOException {
        int length = reply.remaining();
        while (reply.hasRemaining()) {
            channel.write(reply);
        }
        return length;
    }

    /** What may take time: reading and writing. */
    private interface Step<E extends Exception> {
        int run() throws IOException, E;
    }

    /** Closes the connection when a step takes longer, which ends the step. */
    private <E extends Exception> int within(Duration time, Step<E> step) throws IOException, E {
        ScheduledFuture<?> deadline;
        try {
            deadline = deadlines.schedule(this::closeLate, time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException ending) {
            throw new IOException("the service is being ended", ending);
        }
        try {
            return step.run();
        } finally {
            deadline.cancel(false);
        }
    }

    private void closeLate() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "Cannot close a connection: {0}", e.getMessage());
        }
    }

    private static long millis(long from, long to) {
        return TimeUnit.NANOSECONDS.toMillis(to - from);
    }

    /** Carries what is wrong with a recording out of the recognizer's turn. */
    private static final class UnusableRecordingException extends IOException {
        private static final long serialVersionUID = 1;

        UnusableRecordingException(AudioFormatException cause) {
            super(cause.getMessage(), cause);
        }
    }
}
