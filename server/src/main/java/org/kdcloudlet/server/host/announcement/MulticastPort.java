package org.kdcloudlet.server.host.announcement;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The port of multicast DNS (RFC 6762) on one interface, in one of the two families of addresses. Hands over what comes from
 * that network, and nothing that was routed there.
 */
final class MulticastPort implements AutoCloseable {
    /** RFC 6762, section 5: whoever asks from another port is a simple resolver. */
    static final int PORT = 5353;

    private static final Logger log = LoggerFactory.getLogger(MulticastPort.class);
    /** The longest message, in bytes (RFC 6762, section 17). */
    private static final int MAX_BYTES = 9000;

    private final NetworkInterface networkInterface;
    private final DatagramChannel channel;
    private final InetSocketAddress group;

    /**
     * @param source of whoever sent it, on this network
     * @param port where it came in
     */
    record Packet(byte[] data, InetSocketAddress source, MulticastPort port) {}

    private MulticastPort(NetworkInterface networkInterface, DatagramChannel channel, InetSocketAddress group) {
        this.networkInterface = networkInterface;
        this.channel = channel;
        this.group = group;
    }

    /**
     * @param listener is called by one thread, which ends when the port is closed
     * @throws IOException when the interface went away or the port is somebody's alone
     */
    static MulticastPort open(
            NetworkInterface networkInterface, StandardProtocolFamily family, Consumer<Packet> listener)
            throws IOException {
        DatagramChannel channel = DatagramChannel.open(family);
        try {
            boolean ipv4 = family == StandardProtocolFamily.INET;
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, networkInterface);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 255);
            channel.bind(new InetSocketAddress(InetAddress.getByName(ipv4 ? "0.0.0.0" : "::"), PORT));
            InetAddress group = InetAddress.getByName(ipv4 ? "224.0.0.251" : "ff02::fb");
            channel.join(group, networkInterface);
            InetAddress scoped =
                    ipv4 ? group : Inet6Address.getByAddress(null, group.getAddress(), networkInterface.getIndex());
            MulticastPort port = new MulticastPort(networkInterface, channel, new InetSocketAddress(scoped, PORT));
            Thread thread = new Thread(() -> port.receive(listener), "mdns-" + networkInterface.getName());
            thread.setDaemon(true);
            thread.start();
            return port;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void receive(Consumer<Packet> listener) {
        ByteBuffer buffer = ByteBuffer.allocate(MAX_BYTES);
        while (channel.isOpen()) {
            try {
                InetSocketAddress source = (InetSocketAddress) channel.receive(buffer.clear());
                if (source != null && isOnThisLink(source.getAddress())) {
                    byte[] data = new byte[buffer.flip().remaining()];
                    buffer.get(data);
                    listener.accept(new Packet(data, source, this));
                }
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                // The interface may be going away, which whoever opened this will notice too.
                log.debug("Nothing can be received on {}: {}", networkInterface.getName(), e.toString());
            } catch (RuntimeException e) {
                log.error("A message on {} could not be handled", networkInterface.getName(), e);
            }
        }
    }

    /** The rule against answers to far away (RFC 6762, section 11). */
    private boolean isOnThisLink(InetAddress source) {
        if (source instanceof Inet6Address ipv6 && source.isLinkLocalAddress()) {
            return ipv6.getScopeId() == networkInterface.getIndex();
        }
        return networkInterface.getInterfaceAddresses().stream().anyMatch(own -> contains(own, source));
    }

    private static boolean contains(InterfaceAddress network, InetAddress address) {
        byte[] one = network.getAddress().getAddress();
        byte[] other = address.getAddress();
        if (one.length != other.length) {
            return false;
        }
        for (int bit = 0; bit < network.getNetworkPrefixLength(); bit++) {
            int mask = 0x80 >> (bit % 8);
            if ((one[bit / 8] & mask) != (other[bit / 8] & mask)) {
                return false;
            }
        }
        return true;
    }

    /** Tells everybody on the network. */
    void send(byte[] data) {
        send(data, group);
    }

    /** Tells one host. What cannot be sent is lost, like what gets lost on the way. */
    void send(byte[] data, InetSocketAddress target) {
        try {
            channel.send(ByteBuffer.wrap(data), target);
        } catch (IOException e) {
            log.debug("Nothing can be sent on {}: {}", networkInterface.getName(), e.toString());
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            log.warn("The port of multicast DNS on {} cannot be closed: {}", networkInterface.getName(), e.toString());
        }
    }
}
