package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;

/**
 * One that is connected to a machine's serial port. What it has not read yet waits in a ring; when that is full, the oldest goes and a
 * line tells how much, so that the guest never waits for anybody.
 */
final class SerialConnection implements ByteChannel {
    static final int MAX_WAITING_BYTES = 256 << 10;

    private final SerialPort port;
    private final byte[] ring = new byte[MAX_WAITING_BYTES];
    private int first;
    private int waiting;
    private long skipped;
    private ByteBuffer note = ByteBuffer.allocate(0);
    private boolean ended;
    private boolean closed;

    SerialConnection(SerialPort port) {
        this.port = port;
    }

    /** Takes what the guest wrote; never waits. */
    synchronized void show(ByteBuffer written) {
        int tooMany = Math.max(0, written.remaining() - ring.length);
        written.position(written.position() + tooMany);
        int toDrop = Math.max(0, waiting + written.remaining() - ring.length);
        first = (first + toDrop) % ring.length;
        waiting -= toDrop;
        skipped += tooMany + toDrop;
        while (written.hasRemaining()) {
            int at = (first + waiting) % ring.length;
            int length = Math.min(written.remaining(), ring.length - at);
            written.get(ring, at, length);
            waiting += length;
        }
        notifyAll();
    }

    /** Nothing more comes. */
    synchronized void end() {
        ended = true;
        notifyAll();
    }

    @Override
    public synchronized int read(ByteBuffer target) throws IOException {
        if (!target.hasRemaining()) {
            return 0;
        }
        awaitSomething();
        if (skipped > 0 && !note.hasRemaining()) {
            String text = "\r\n[" + skipped + " bytes were skipped: they came faster than they were read]\r\n";
            note = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
            skipped = 0;
        }
        if (note.hasRemaining()) {
            int length = Math.min(note.remaining(), target.remaining());
            target.put(note.slice(note.position(), length));
            note.position(note.position() + length);
            return length;
        }
        return waiting > 0 ? take(target) : -1;
    }

    private void awaitSomething() throws IOException {
        while (!closed && !ended && waiting == 0 && !note.hasRemaining()) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ClosedByInterruptException();
            }
        }
        if (closed) {
            throw new AsynchronousCloseException();
        }
    }

    private int take(ByteBuffer target) {
        int length = Math.min(Math.min(waiting, target.remaining()), ring.length - first);
        target.put(ring, first, length);
        first = (first + length) % ring.length;
        waiting -= length;
        return length;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        int length = bytes.remaining();
        port.send(bytes, SerialPort.PATIENCE);
        return length;
    }

    @Override
    public synchronized boolean isOpen() {
        return !closed;
    }

    @Override
    public void close() {
        port.leave(this);
        synchronized (this) {
            closed = true;
            notifyAll();
        }
    }
}
