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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    private final List<InetSocketAddress> groups = new ArrayList<>();
    private final Map<InetSocketAddress, DatagramChannel> oneShotChannels = new LinkedHashMap<>();
    private final ServiceTable table;
    private final Origin origin;
    private final ByteBuffer buffer = ByteBuffer.allocate(Packets.LARGEST);
    private final long began;
    private Optional<GroupSocket> groupSocket = Optional.empty();
    private int oneShots;
    private long interval = FIRST_INTERVAL;
    private long nextBrowse;

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
        boolean ipv4 = false;
        boolean ipv6 = false;
        for (InetAddress address : Collections.list(networkInterface.getInetAddresses())) {
            ipv4 |= address instanceof Inet4Address;
            ipv6 |= address instanceof Inet6Address;
        }
        if (ipv4) {
            link.groups.add(new InetSocketAddress(InetAddress.getByAddress(GROUP_IPV4), Channels.PORT));
        }
        if (ipv6) {
            link.groups.add(new InetSocketAddress(InetAddress.getByAddress(GROUP_IPV6), Channels.PORT));
        }
        link.openSockets(networkInterface, selector);
        return link;
    }

    /** Either kind of socket alone is good enough: the port may be taken by a program that does not share it. */
    private void openSockets(NetworkInterface networkInterface, Selector selector) throws IOException {
        IOException failure = new IOException("no socket can be opened");
        try {
            groupSocket = Optional.of(GroupSocket.open(networkInterface, groups, selector::wakeup));
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
        for (InetSocketAddress group : groups) {
            try {
                DatagramChannel channel = Channels.oneShot(networkInterface, group.getAddress());
                oneShotChannels.put(group, channel);
                channel.register(selector, SelectionKey.OP_READ);
            } catch (IOException | UnsupportedOperationException e) {
                failure.addSuppressed(e);
            }
        }
        if (!groupSocket.isPresent() && oneShotChannels.isEmpty()) {
            throw failure;
        }
    }

    /** Takes in what has arrived, a bounded number of packets. */
    void receive(long now) throws IOException {
        Instant heard = Instant.now();
        for (int i = 0; i < PACKETS_AT_ONCE && groupSocket.isPresent(); i++) {
            Optional<byte[]> packet = groupSocket.get().poll();
            if (!packet.isPresent()) {
                break;
            }
            table.take(Packets.response(packet.get()), now, heard, false, origin);
        }
        for (DatagramChannel channel : oneShotChannels.values()) {
            receive(channel, now, heard);
        }
    }

    private void receive(DatagramChannel channel, long now, Instant heard) throws IOException {
        for (int i = 0; i < PACKETS_AT_ONCE; i++) {
            buffer.clear();
            InetSocketAddress source = (InetSocketAddress) channel.receive(buffer);
            if (source == null) {
                return;
            }
            if (source.getPort() == Channels.PORT) {
                buffer.flip();
                byte[] packet = new byte[buffer.remaining()];
                buffer.get(packet);
                table.take(Packets.response(packet), now, heard, true, origin);
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
        for (InetSocketAddress group : groups) {
            try {
                sent |= send(packet, group, oneShot);
            } catch (IOException e) {
                failure = e;
            }
        }
        if (!sent && failure != null) {
            throw failure;
        }
    }

    private boolean send(byte[] packet, InetSocketAddress group, boolean oneShot) throws IOException {
        if (oneShot) {
            DatagramChannel channel = oneShotChannels.get(group);
            return channel != null && channel.send(ByteBuffer.wrap(packet), group) > 0;
        }
        if (groupSocket.isPresent()) {
            groupSocket.get().send(packet, group);
        }
        return groupSocket.isPresent();
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
        groupSocket.ifPresent(GroupSocket::close);
        for (DatagramChannel channel : oneShotChannels.values()) {
            channel.close();
        }
    }
}
