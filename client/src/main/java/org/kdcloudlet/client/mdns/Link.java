package org.kdcloudlet.client.mdns;

import java.io.Closeable;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** One network interface: its sockets, what was heard there, and when to ask again. For one thread. */
final class Link implements Closeable {
    /** When to browse, after the beginning: a second later, then three times as long each time, at most a minute. */
    private static final long FIRST_INTERVAL = 1000;

    private static final long LONGEST_INTERVAL = 60_000;
    /** One-shot queries go out twice, for packets get lost. */
    private static final long[] ONE_SHOTS = {0, 300};

    private static final int PACKETS_AT_ONCE = 128;
    private static final byte[] GROUP_IPV4 = {(byte) 224, 0, 0, (byte) 251};
    private static final byte[] GROUP_IPV6 = {(byte) 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xfb};

    private final List<Socket> sockets = new ArrayList<>();
    private final ServiceTable table;
    private final Origin origin;
    private final ByteBuffer buffer = ByteBuffer.allocate(Packets.LARGEST);
    private final long began;
    private int oneShots;
    private long interval = FIRST_INTERVAL;
    private long nextBrowse;

    private static final class Socket {
        private final DatagramChannel channel;
        private final InetSocketAddress group;
        private final boolean oneShot;

        private Socket(DatagramChannel channel, InetSocketAddress group, boolean oneShot) {
            this.channel = channel;
            this.group = group;
            this.oneShot = oneShot;
        }
    }

    private Link(Origin origin, Limits limits, long now) {
        this.origin = origin;
        table = new ServiceTable(limits);
        began = now;
        nextBrowse = now;
    }

    /**
     * Opens the sockets for each family of addresses that the interface has.
     *
     * @throws IOException if none can be opened
     */
    static Link open(NetworkInterface networkInterface, Selector selector, Limits limits, long now) throws IOException {
        Link link = new Link(new Origin(networkInterface, networkInterface.isLoopback()), limits, now);
        IOException failure = new IOException("the interface " + networkInterface.getName() + " has no address");
        boolean ipv4 = false;
        boolean ipv6 = false;
        for (InetAddress address : Collections.list(networkInterface.getInetAddresses())) {
            ipv4 |= address instanceof Inet4Address;
            ipv6 |= address instanceof Inet6Address;
        }
        if (ipv4) {
            link.open(networkInterface, selector, InetAddress.getByAddress(GROUP_IPV4), failure);
        }
        if (ipv6) {
            link.open(networkInterface, selector, InetAddress.getByAddress(GROUP_IPV6), failure);
        }
        if (link.sockets.isEmpty()) {
            throw failure;
        }
        return link;
    }

    /** Either socket alone is good enough: the port may be taken by a program that does not share it. */
    private void open(NetworkInterface networkInterface, Selector selector, InetAddress group, IOException failure) {
        try {
            add(Channels.group(networkInterface, group), selector, group, false);
        } catch (IOException | UnsupportedOperationException e) {
            failure.addSuppressed(e);
        }
        try {
            add(Channels.oneShot(networkInterface, group), selector, group, true);
        } catch (IOException | UnsupportedOperationException e) {
            failure.addSuppressed(e);
        }
    }

    private void add(DatagramChannel channel, Selector selector, InetAddress group, boolean oneShot)
            throws IOException {
        sockets.add(new Socket(channel, new InetSocketAddress(group, Channels.PORT), oneShot));
        channel.register(selector, SelectionKey.OP_READ, this);
    }

    /** Takes in what has arrived, a bounded number of packets. */
    void receive(long now) throws IOException {
        Instant heard = Instant.now();
        for (Socket socket : sockets) {
            for (int i = 0; i < PACKETS_AT_ONCE; i++) {
                buffer.clear();
                InetSocketAddress source = (InetSocketAddress) socket.channel.receive(buffer);
                if (source == null) {
                    break;
                }
                // Responses come from the port of multicast DNS, others are to be ignored (RFC 6762, 6).
                if (source.getPort() == Channels.PORT) {
                    buffer.flip();
                    byte[] packet = new byte[buffer.remaining()];
                    buffer.get(packet);
                    table.take(Packets.response(packet), now, heard, socket.oneShot, origin);
                }
            }
        }
    }

    /** Forgets and asks as the time demands. */
    void tick(long now) throws IOException {
        table.expire(now);
        if (oneShots < ONE_SHOTS.length && now >= began + ONE_SHOTS[oneShots]) {
            oneShots++;
            send(Collections.singletonList(browse()), Collections.emptyList(), true);
        }
        if (now >= nextBrowse) {
            nextBrowse = now + interval;
            interval = Math.min(interval * 3, LONGEST_INTERVAL);
            send(Collections.singletonList(browse()), table.knownAnswers(now), false);
        }
        List<Record> questions = table.questions(now);
        if (!questions.isEmpty()) {
            send(questions, Collections.emptyList(), false);
            send(questions, Collections.emptyList(), true);
        }
    }

    private static Record browse() {
        return ServiceTable.question(InstanceNames.SERVICE_TYPE, Type.PTR);
    }

    private void send(List<Record> questions, List<Record> known, boolean oneShot) throws IOException {
        for (byte[] packet : Packets.queries(questions, known)) {
            send(packet, oneShot);
        }
    }

    /** One family of addresses may have no route, while the other has: only when nothing can be sent the link has failed. */
    private void send(byte[] packet, boolean oneShot) throws IOException {
        IOException failure = null;
        boolean sent = false;
        for (Socket socket : sockets) {
            if (socket.oneShot == oneShot) {
                try {
                    socket.channel.send(ByteBuffer.wrap(packet), socket.group);
                    sent = true;
                } catch (IOException e) {
                    failure = e;
                }
            }
        }
        if (!sent && failure != null) {
            throw failure;
        }
    }

    void doubt(String instanceName, long now) {
        table.doubt(instanceName, now);
    }

    /** When {@link #tick} has something to do next. */
    long next() {
        long next = Math.min(nextBrowse, table.next());
        return oneShots < ONE_SHOTS.length ? Math.min(next, began + ONE_SHOTS[oneShots]) : next;
    }

    List<Sighting> sightings() {
        return table.sightings();
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : sockets) {
            socket.channel.close();
        }
    }
}
