package org.kdcloudlet.client.mdns;

import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Hears what is said to everybody on one interface, on the port of multicast DNS, which other programs may share. Has a thread
 * of its own, since Android before API 26 has multicast on blocking sockets only.
 */
final class GroupSocket implements Closeable {
    private static final int HOPS = 255;
    private static final int RECEIVE_BUFFER = 256 * 1024;
    /** What arrives faster than it can be taken in is dropped, as on any busy network. */
    private static final int WAITING = 128;

    private final MulticastSocket socket;
    private final Runnable arrived;
    private final Queue<byte[]> packets = new ArrayBlockingQueue<>(WAITING);
    private volatile Optional<IOException> failure = Optional.empty();

    private GroupSocket(MulticastSocket socket, Runnable arrived) {
        this.socket = socket;
        this.arrived = arrived;
    }

    /**
     * Joins those of the groups that can be joined on the interface.
     *
     * @param arrived called on the socket's thread when there is something to poll
     * @throws IOException if none can be joined, or the port is not shared
     */
    static GroupSocket open(NetworkInterface networkInterface, List<InetSocketAddress> groups, Runnable arrived)
            throws IOException {
        MulticastSocket socket = new MulticastSocket(null);
        try {
            socket.setReuseAddress(true);
            socket.setReceiveBufferSize(RECEIVE_BUFFER);
            socket.bind(new InetSocketAddress(Channels.PORT));
            socket.setNetworkInterface(networkInterface);
            socket.setTimeToLive(HOPS);
            join(socket, networkInterface, groups);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
        GroupSocket opened = new GroupSocket(socket, arrived);
        Thread thread = new Thread(opened::receive, "cloudlet-finder-" + networkInterface.getName());
        thread.setDaemon(true);
        thread.start();
        return opened;
    }

    private static void join(MulticastSocket socket, NetworkInterface networkInterface, List<InetSocketAddress> groups)
            throws IOException {
        IOException failure = new IOException("no group of multicast DNS can be joined");
        int joined = 0;
        for (InetSocketAddress group : groups) {
            try {
                socket.joinGroup(group, networkInterface);
                joined++;
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
        if (joined == 0) {
            throw failure;
        }
    }

    private void receive() {
        DatagramPacket packet = new DatagramPacket(new byte[Packets.LARGEST], Packets.LARGEST);
        try {
            while (true) {
                packet.setLength(Packets.LARGEST);
                socket.receive(packet);
                // Responses come from the port of multicast DNS, others are to be ignored (RFC 6762, 6).
                if (packet.getPort() == Channels.PORT
                        && packets.offer(Arrays.copyOf(packet.getData(), packet.getLength()))) {
                    arrived.run();
                }
            }
        } catch (IOException e) {
            if (!socket.isClosed()) {
                failure = Optional.of(e);
                arrived.run();
            }
        }
    }

    void send(byte[] packet, InetSocketAddress group) throws IOException {
        socket.send(new DatagramPacket(packet, packet.length, group));
    }

    /** The next packet that has arrived. */
    Optional<byte[]> poll() throws IOException {
        if (failure.isPresent()) {
            throw failure.get();
        }
        return Optional.ofNullable(packets.poll());
    }

    @Override
    public void close() {
        socket.close();
    }
}
