package org.kdcloudlet.server;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * TCP ports for servers that begin to listen later, or twice. A port that the kernel chose and that was closed again may be given to
 * anybody else meanwhile; these are below the kernel's ({@code ip_local_port_range}), and below those of guests.
 */
public final class FreePort {
    private static final int FIRST = 10_000;
    private static final int COUNT = 10_000;
    /** Processes of tests that run beside each other begin far apart: their ids are close, and this is a prime. */
    private static final int STRIDE = 3_571;

    private static final AtomicInteger NEXT =
            new AtomicInteger((int) (ProcessHandle.current().pid() * STRIDE % COUNT));

    private FreePort() {}

    /** A port of the loopback that nobody listens on, and that is given out once only. */
    public static int next() throws IOException {
        for (int tried = 0; tried < COUNT; tried++) {
            int port = FIRST + NEXT.getAndIncrement() % COUNT;
            try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (BindException taken) {
                // The next one may be free.
            }
        }
        throw new IOException("No port from " + FIRST + " on is free");
    }
}
