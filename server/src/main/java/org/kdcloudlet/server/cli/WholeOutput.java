package org.kdcloudlet.server.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/**
 * Standard output that remembers whether all of it was written, since a {@link java.io.PrintStream} keeps failures to itself: half an
 * answer in a file on a full disk must not pass for a whole one. A reader that has left, as {@code head} does, wanted no more.
 */
final class WholeOutput extends FilterOutputStream {
    /** The words of strerror(3) for EPIPE; Java has no type for it. */
    private static final String READER_LEFT = "Broken pipe";

    private Optional<IOException> failure = Optional.empty();

    WholeOutput(OutputStream out) {
        super(out);
    }

    @Override
    public synchronized void write(int single) throws IOException {
        write(new byte[] {(byte) single}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            failure = failure.or(() -> Optional.of(e));
            throw e;
        }
    }

    /** Why what was printed is not whole. */
    synchronized Optional<String> problem() {
        return failure.map(IOException::getMessage).filter(words -> !words.contains(READER_LEFT));
    }
}
