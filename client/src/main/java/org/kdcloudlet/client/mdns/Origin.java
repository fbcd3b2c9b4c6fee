package org.kdcloudlet.client.mdns;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.Optional;

/** From which network a response came: which of the addresses in it can be meant, and which scope they have. */
final class Origin {
    private final NetworkInterface networkInterface;
    private final boolean loopback;

    Origin(NetworkInterface networkInterface, boolean loopback) {
        this.networkInterface = networkInterface;
        this.loopback = loopback;
    }

    /**
     * An address to which a device may connect. Loopback addresses are meant only where everybody is on the same host;
     * multicast and wildcard addresses never.
     */
    Optional<InetAddress> believed(InetAddress address) {
        if (address.isMulticastAddress() || address.isAnyLocalAddress() || address.isLoopbackAddress() != loopback) {
            return loopback && !address.isMulticastAddress() && !address.isAnyLocalAddress()
                    ? Optional.of(address)
                    : Optional.empty();
        }
        if (address instanceof Inet6Address && address.isLinkLocalAddress()) {
            return scoped((Inet6Address) address);
        }
        return Optional.of(address);
    }

    private Optional<InetAddress> scoped(Inet6Address address) {
        try {
            return Optional.of(Inet6Address.getByAddress(null, address.getAddress(), networkInterface));
        } catch (UnknownHostException e) {
            // The interface has no IPv6 address of that scope: it cannot be reached there.
            return Optional.empty();
        }
    }
}
