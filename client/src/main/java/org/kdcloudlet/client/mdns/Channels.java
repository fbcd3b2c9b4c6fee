package org.kdcloudlet.client.mdns;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;

/** Opens sockets for one-shot queries: on a port of their own, to which the answers come directly (RFC 6762, 6.7). */
final class Channels {
    /** Of multicast DNS. */
    static final int PORT = 5353;

    private static final int HOPS = 255;
    private static final int RECEIVE_BUFFER = 256 * 1024;

    private Channels() {}

    static DatagramChannel oneShot(NetworkInterface networkInterface, InetAddress group) throws IOException {
        ProtocolFamily family =
                group instanceof Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
        DatagramChannel channel = DatagramChannel.open(family);
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, networkInterface);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, HOPS);
            channel.bind(new InetSocketAddress(0));
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }
}
