package org.kdcloudlet.client.mdns;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import org.xbill.DNS.Address;

/** Opens the sockets of multicast DNS: on its port, to hear what everybody says, and on a port of our own (RFC 6762, 6.7). */
final class Channels {
    static final int PORT = 5353;
    private static final int HOPS = 255;
    private static final int RECEIVE_BUFFER = 256 * 1024;

    private Channels() {}

    /** Hears what is said to everybody on that interface. Other programs may do the same beside us. */
    static DatagramChannel group(NetworkInterface networkInterface, InetAddress group) throws IOException {
        DatagramChannel channel = open(networkInterface, group);
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.bind(new InetSocketAddress(PORT));
            channel.join(group, networkInterface);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Hears answers to its own queries only, which come to it alone. */
    static DatagramChannel oneShot(NetworkInterface networkInterface, InetAddress group) throws IOException {
        DatagramChannel channel = open(networkInterface, group);
        try {
            channel.bind(new InetSocketAddress(0));
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static DatagramChannel open(NetworkInterface networkInterface, InetAddress group) throws IOException {
        ProtocolFamily family =
                Address.familyOf(group) == Address.IPv6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
        DatagramChannel channel = DatagramChannel.open(family);
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, networkInterface);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, HOPS);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }
}
