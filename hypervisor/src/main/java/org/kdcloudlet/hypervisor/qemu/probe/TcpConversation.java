package org.kdcloudlet.hypervisor.qemu.probe;

import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.kdcloudlet.hypervisor.GuestPort;

/**
 * A TCP connection to a forwarded port that knows whether the guest itself accepted it. User networking accepts first and asks
 * the guest then: a lost handshake looks like a slow answer. So a connection that the guest has not accepted is given up soon,
 * and an accepted one is given time.
 */
final class TcpConversation implements Closeable {
    /** How long a read waits before it looks again whether the guest accepted. */
    private static final int LOOK_MILLIS = 10;

    private static final long REST_NANOS = 50_000_000;

    private final Socket socket;
    private final GuestPort port;
    private final GuestConnections connections;
    private final long patienceEnds;
    private final long limitEnds;
    private boolean accepted;

    private TcpConversation(
            Socket socket, GuestPort port, GuestConnections connections, long patienceEnds, long limitEnds) {
        this.socket = socket;
        this.port = port;
        this.connections = connections;
        this.patienceEnds = patienceEnds;
        this.limitEnds = limitEnds;
    }

    /** How a read ended that brought no bytes; the conversation is over then. */
    static final class Over extends IOException {
        private static final long serialVersionUID = 1L;
        private final transient ProbeOutcome outcome;

        private Over(ProbeOutcome outcome) {
            super(outcome.seen());
            this.outcome = outcome;
        }

        ProbeOutcome outcome() {
            return outcome;
        }
    }

    static TcpConversation open(
            InetSocketAddress address,
            GuestPort port,
            GuestConnections connections,
            Duration patience,
            Duration limit,
            ProbeAttempt.Opened opened)
            throws IOException {
        long now = System.nanoTime();
        Socket socket = new Socket();
        opened.accept(socket);
        try {
            socket.setTcpNoDelay(true);
            socket.connect(address, Math.max(1, (int) patience.toMillis()));
        } catch (ConnectException refused) {
            socket.close();
            throw new Over(ProbeOutcome.notReady("the host's port " + address.getPort() + " is not forwarded"));
        } catch (SocketTimeoutException listenQueueFull) {
            socket.close();
            throw new Over(ProbeOutcome.NO_ANSWER);
        } catch (IOException failure) {
            socket.close();
            throw failure;
        }
        return new TcpConversation(socket, port, connections, now + patience.toNanos(), now + limit.toNanos());
    }

    void send(byte[] bytes) throws IOException {
        try {
            socket.getOutputStream().write(bytes);
        } catch (SocketException broken) {
            throw new Over(guestAccepted() ? ProbeOutcome.CLOSED : ProbeOutcome.REFUSED);
        }
    }

    /**
     * Reads what comes next.
     *
     * @return number of bytes, at least 1
     * @throws Over if nothing more comes, or not in time
     */
    int read(byte[] buffer, int offset) throws IOException {
        while (true) {
            long left = (accepted ? limitEnds : patienceEnds) - System.nanoTime();
            if (left <= 0 && (accepted || !guestAccepted())) {
                throw new Over(accepted ? ProbeOutcome.SLOW : ProbeOutcome.NO_ANSWER);
            }
            int count = readFor(Math.max(1, (int) (left / 1_000_000)), buffer, offset);
            if (count > 0) {
                accepted = true;
                return count;
            }
        }
    }

    /** Reads on to the end of what comes without delay: for 50 ms at most, until the buffer is full or nothing more comes. */
    void readRest(byte[] buffer, int length) throws IOException {
        long end = Math.min(limitEnds, System.nanoTime() + REST_NANOS);
        int filled = length;
        try {
            while (filled < buffer.length && end - System.nanoTime() > 0) {
                filled += readFor(Math.max(1, (int) ((end - System.nanoTime()) / 1_000_000)), buffer, filled);
            }
        } catch (Over expected) {
            // The end of the answer: all was read.
            return;
        }
    }

    /** Waits until the guest accepted the connection, which bytes from it show as well. */
    void awaitAccepted() throws IOException {
        byte[] one = new byte[1];
        while (!guestAccepted()) {
            if (System.nanoTime() - patienceEnds >= 0) {
                throw new Over(ProbeOutcome.NO_ANSWER);
            }
            accepted = readFor(LOOK_MILLIS, one, 0) > 0;
        }
    }

    /** Reads for so long; 0 bytes when nothing came. */
    private int readFor(int millis, byte[] buffer, int offset) throws IOException {
        socket.setSoTimeout(millis);
        int count;
        try {
            count = socket.getInputStream().read(buffer, offset, buffer.length - offset);
        } catch (SocketTimeoutException nothingYet) {
            return 0;
        } catch (SocketException reset) {
            count = -1;
        }
        if (count < 0) {
            throw new Over(guestAccepted() ? ProbeOutcome.CLOSED : ProbeOutcome.REFUSED);
        }
        return count;
    }

    private boolean guestAccepted() {
        accepted = accepted || connections.answered(port) > 0;
        return accepted;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
