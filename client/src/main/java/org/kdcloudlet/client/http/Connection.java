package org.kdcloudlet.client.http;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;

/** A connection whose reads end at the deadline of the exchange that it serves. For one thread; may be closed by another. */
final class Connection implements Closeable {
    private static final int LEAST_CONNECT_MILLIS = 500;

    private final Socket socket = new Socket();
    private final InputStream in;
    private final boolean[] started = {false};
    private volatile Deadline deadline;
    private long connectNanos;
    private long idleSince;

    private Connection() {
        in = new BufferedInputStream(new Timed(), 8192);
    }

    /** Not connected yet, so that it can be closed meanwhile. */
    static Connection unconnected() {
        return new Connection();
    }

    void connect(InetAddress address, int port, int attemptsLeft, Deadline newDeadline) throws IOException {
        int left = newDeadline.left();
        int patience = attemptsLeft <= 1 ? left : Math.min(left, Math.max(left / attemptsLeft, LEAST_CONNECT_MILLIS));
        socket.setTcpNoDelay(true);
        long began = System.nanoTime();
        socket.connect(new InetSocketAddress(address, port), patience);
        connectNanos = System.nanoTime() - began;
    }

    static int attempts(List<InetAddress> addresses) {
        return Math.min(addresses.size(), 4);
    }

    /** Time that connecting took: about one round trip. */
    long connectNanos() {
        return connectNanos;
    }

    void begin(Deadline newDeadline) {
        deadline = newDeadline;
        started[0] = false;
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    InputStream in() {
        return in;
    }

    /** Whether a byte of the reply has come. */
    boolean hasReplyStarted() {
        return started[0];
    }

    void idle(long now) {
        idleSince = now;
    }

    long idleSince() {
        return idleSince;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private final class Timed extends FilterInputStream {
        private Timed() {
            super(null);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            socket.setSoTimeout(deadline.left());
            try {
                int count = socket.getInputStream().read(bytes, offset, length);
                started[0] |= count > 0;
                return count;
            } catch (SocketTimeoutException e) {
                throw new DeadlinePassedException();
            }
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int available() throws IOException {
            return 0;
        }
    }
}
