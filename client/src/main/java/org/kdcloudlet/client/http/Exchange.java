package org.kdcloudlet.client.http;

import java.io.Closeable;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Optional;

/** One request and its reply. May be closed by any thread, which ends whatever is under way. */
public final class Exchange implements Closeable {
    private final IdleConnections idle;
    private Connection current;
    private boolean closed;

    /**
     * Prepares an exchange.
     *
     * @param idle where connections are taken from and left to
     */
    public Exchange(IdleConnections idle) {
        this.idle = idle;
    }

    /**
     * What becomes of a reply.
     *
     * @param <T> what it is turned into
     */
    public interface Reader<T> {
        /**
         * Reads the reply.
         *
         * @param head status and headers
         * @param body ends where the reply says; fails if the connection ends earlier; may be left unread
         * @param connectNanos the time that connecting took; 0 when the connection was there
         * @return what the reply means
         * @throws IOException if reading fails or the reply is malformed
         */
        T read(ReplyHead head, InputStream body, long connectNanos) throws IOException;
    }

    /**
     * Sends a request and reads the reply.
     *
     * @param target where to
     * @param request what
     * @param deadline by which everything is done
     * @param reader of the reply
     * @param <T> what the reply is turned into
     * @return what the reader made of it
     * @throws IOException if the other side cannot be reached, vanishes, is too slow, or answers nonsense
     */
    public <T> T send(Target target, Request request, Deadline deadline, Reader<T> reader) throws IOException {
        Optional<Connection> used = request.isRepeatable() ? idle.take(target) : Optional.empty();
        if (used.isPresent()) {
            try {
                return converse(used.get(), target, request, deadline, reader, 0);
            } catch (MalformedReplyException | DeadlinePassedException e) {
                throw e;
            } catch (IOException e) {
                if (used.get().hasReplyStarted() || isClosed()) {
                    throw e;
                }
                // The other side had closed it while it was idle; nothing was answered, and asking again changes
                // nothing.
            }
        }
        Connection connection = connect(target, deadline);
        return converse(connection, target, request, deadline, reader, connection.connectNanos());
    }

    private Connection connect(Target target, Deadline deadline) throws IOException {
        List<InetAddress> addresses = target.addresses();
        int attempts = Connection.attempts(addresses);
        IOException failure = new ConnectException("no address");
        for (int i = 0; i < attempts; i++) {
            Connection connection = Connection.unconnected();
            adopt(connection);
            try {
                connection.connect(addresses.get(i), target.port(), attempts - i, deadline);
                return connection;
            } catch (SocketTimeoutException e) {
                connection.close();
                failure = new ConnectException("nobody answered in time");
            } catch (DeadlinePassedException e) {
                throw e;
            } catch (IOException e) {
                connection.close();
                failure = e;
            }
        }
        deadline.left();
        throw failure;
    }

    private <T> T converse(
            Connection connection,
            Target target,
            Request request,
            Deadline deadline,
            Reader<T> reader,
            long connectNanos)
            throws IOException {
        adopt(connection);
        boolean reusable = false;
        try {
            connection.begin(deadline);
            connection.send(request.bytes(target.hostHeader()));
            ReplyHead head = ReplyHead.read(connection.in());
            Body body = new Body(connection.in(), head);
            T result = reader.read(head, body, connectNanos);
            reusable = head.isPersistent() && body.isComplete();
            return result;
        } finally {
            if (reusable && release()) {
                idle.give(target, connection);
            } else {
                connection.close();
            }
        }
    }

    private synchronized void adopt(Connection connection) throws IOException {
        if (closed) {
            connection.close();
            throw new IOException("the call was cancelled");
        }
        current = connection;
    }

    /** From now on closing this does not touch the connection any more; false when it was closed already. */
    private synchronized boolean release() {
        current = null;
        return !closed;
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        if (current != null) {
            current.close();
        }
    }

    /** As many bytes as the reply says. */
    private static final class Body extends FilterInputStream {
        private final ReplyHead head;
        private long left = -1;

        private Body(InputStream in, ReplyHead head) {
            super(in);
            this.head = head;
        }

        private boolean isComplete() {
            return left == 0;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left < 0) {
                left = head.length();
            }
            if (left == 0) {
                return -1;
            }
            int count = in.read(bytes, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw new EOFException("the connection ended before the reply did");
            }
            left -= count;
            return count;
        }
    }
}
