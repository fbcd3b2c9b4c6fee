package org.kdcloudlet.server.host;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The network addresses at which others reach this host. Interfaces of container and machine bridges are left out: nobody
 * else is reached through them.
 */
public final class HostAddresses {
    private static final Logger log = LoggerFactory.getLogger(HostAddresses.class);
    private static final String INTERNAL = "(docker|veth|br-|virbr|vnet|cni|lxc|podman|tap|dummy).*";

    private final List<String> chosen;

    /** @param chosen names of the interfaces to use; none stands for all suitable ones */
    public HostAddresses(List<String> chosen) {
        this.chosen = List.copyOf(chosen);
    }

    /**
     * One address of an interface.
     *
     * @param networkInterface its name, e.g. {@code eth0}
     */
    public record Place(String networkInterface, InetAddress address) {}

    /**
     * One address of each suitable interface, IPv4 if it has one. If no interface is suitable, that of the loopback interface:
     * then whoever asks is on this host.
     */
    public List<Place> places() {
        List<Place> places = new ArrayList<>();
        List<Place> loopback = new ArrayList<>();
        for (NetworkInterface networkInterface : up()) {
            Optional<Place> place = place(networkInterface);
            if (isLoopback(networkInterface) && chosen.isEmpty()) {
                place.ifPresent(loopback::add);
            } else if (isSuitable(networkInterface)) {
                place.ifPresent(places::add);
            }
        }
        return List.copyOf(places.isEmpty() && chosen.isEmpty() ? loopback : places);
    }

    /**
     * The IPv4 address to tell someone who connected to {@code local}: that address itself, or, if it is an IPv6 address, the
     * IPv4 address of the same interface, else any of this host.
     */
    public static InetAddress reachableLike(InetAddress local) {
        if (local instanceof Inet4Address) {
            return local;
        }
        try {
            NetworkInterface same = NetworkInterface.getByInetAddress(local);
            Optional<InetAddress> onSame = same == null ? Optional.empty() : firstIpv4(same);
            return onSame.or(() -> new HostAddresses(List.of())
                            .places().stream()
                                    .map(Place::address)
                                    .filter(Inet4Address.class::isInstance)
                                    .findFirst())
                    .orElse(local);
        } catch (SocketException e) {
            log.warn("The interface of {} cannot be found: {}", local.getHostAddress(), e.toString());
            return local;
        }
    }

    private boolean isSuitable(NetworkInterface networkInterface) {
        String name = networkInterface.getName();
        if (!chosen.isEmpty()) {
            return chosen.contains(name);
        }
        return !name.matches(INTERNAL) && canMulticast(networkInterface);
    }

    private static Optional<Place> place(NetworkInterface networkInterface) {
        return firstIpv4(networkInterface)
                .or(() -> networkInterface
                        .inetAddresses()
                        .filter(address -> !address.isLinkLocalAddress())
                        .findFirst())
                .map(address -> new Place(networkInterface.getName(), address));
    }

    private static Optional<InetAddress> firstIpv4(NetworkInterface networkInterface) {
        return networkInterface
                .inetAddresses()
                .filter(Inet4Address.class::isInstance)
                .findFirst();
    }

    private static List<NetworkInterface> up() {
        try {
            List<NetworkInterface> up = new ArrayList<>();
            for (NetworkInterface networkInterface :
                    NetworkInterface.networkInterfaces().toList()) {
                if (networkInterface.isUp()) {
                    up.add(networkInterface);
                }
            }
            return up;
        } catch (SocketException e) {
            log.warn("The network interfaces cannot be listed: {}", e.toString());
            return List.of();
        }
    }

    private static boolean isLoopback(NetworkInterface networkInterface) {
        return networkInterface.inetAddresses().anyMatch(InetAddress::isLoopbackAddress);
    }

    private static boolean canMulticast(NetworkInterface networkInterface) {
        try {
            return networkInterface.supportsMulticast() && !networkInterface.isPointToPoint();
        } catch (SocketException e) {
            // It went away while we looked at it.
            return false;
        }
    }
}
