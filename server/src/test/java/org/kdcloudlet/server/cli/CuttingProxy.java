package org.kdcloudlet.server.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** A bad way to a server: a TCP proxy whose connections break, or stand still, after so many bytes to the server. */
final class CuttingProxy implements AutoCloseable {
    /** What becomes of a connection after so many bytes. */
    enum End {
        BREAK,
        STAND_STILL
    }

    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong passed = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();
    private final int target;
    private final long bytes;
    private final End end;

    /** @param bytes that a connection passes to the server before it ends */
    CuttingProxy(int target, long bytes, End end) throws IOException {
        this.target = target;
        this.bytes = bytes;
        this.end = end;
        threads.execute(this::listen);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** How many bytes went to the server. */
    long passed() {
        return passed.get();
    }

    /** How many connections were ended. */
    long ended() {
        return ended.get();
    }

    private void listen() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(client);
                open.add(server);
                threads.execute(() -> copyUntilItEnds(client, server));
                threads.execute(() -> copyBack(server, client));
            } catch (IOException closed) {
                continue;
            }
        }
    }

    private void copyUntilItEnds(Socket client, Socket server) {
        try (client;
                server) {
            InputStream in = client.getInputStream();
            OutputStream out = server.getOutputStream();
            byte[] block = new byte[16 * 1024];
            long left = bytes;
            int read = in.read(block, 0, (int) Math.min(block.length, left));
            while (read > 0) {
                out.write(block, 0, read);
                passed.addAndGet(read);
                left -= read;
                if (left == 0) {
                    ended.incrementAndGet();
                    if (end == End.STAND_STILL) {
                        client.getInputStream().transferTo(OutputStream.nullOutputStream());
                    } else {
                        // Closed with a reset, as by a host that went away.
                        client.setSoLinger(true, 0);
                    }
                    return;
                }
                read = in.read(block, 0, (int) Math.min(block.length, left));
            }
        } catch (IOException broken) {
            return;
        }
    }

    private static void copyBack(Socket server, Socket client) {
        try {
            server.getInputStream().transferTo(client.getOutputStream());
            client.shutdownOutput();
        } catch (IOException broken) {
            return;
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
        threads.shutdownNow();
    }
}
