package org.kdcloudlet.server.host;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
     * An interface with the addresses at which its network reaches this host.
     *
     * @param name of the interface, e.g. {@code eth0}
     * @param index by which the kernel knows it; another one when it went away and came back
     * @param addresses at least one, IPv4 first; link-local IPv6 addresses only when there is nothing else
     */
    public record Link(String name, int index, List<InetAddress> addresses) {
        public Link {
            addresses = List.copyOf(addresses);
        }

        /** The address to tell whoever can take one only. */
        public Place place() {
            return new Place(name, addresses.get(0));
        }
    }

    /**
     * The suitable interfaces that are up and have an address. If there is none, the loopback interface: then whoever asks is
     * on this host.
     */
    public List<Link> links() {
        List<Link> links = new ArrayList<>();
        List<Link> loopback = new ArrayList<>();
        for (NetworkInterface networkInterface : up()) {
            Optional<Link> link = link(networkInterface);
            if (isLoopback(networkInterface) && chosen.isEmpty()) {
                link.ifPresent(loopback::add);
            } else if (isSuitable(networkInterface)) {
                link.ifPresent(links::add);
            }
        }
        return List.copyOf(links.isEmpty() && chosen.isEmpty() ? loopback : links);
    }

    /** The first address of each of the {@link #links}. */
    public List<Place> places() {
        return links().stream().map(Link::place).toList();
    }

    /** Every address of this host, whatever its interface, to tell this host from others. */
    public static Set<InetAddress> all() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .map(HostAddresses::withoutScope)
                    .collect(Collectors.toUnmodifiableSet());
        } catch (SocketException e) {
            log.warn("The addresses of this host cannot be listed: {}", e.toString());
            return Set.of();
        }
    }

    /** The same address without the interface by which it is reached, which Java counts as a part of IPv6 addresses. */
    public static InetAddress withoutScope(InetAddress address) {
        try {
            return InetAddress.getByAddress(address.getAddress());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
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

    private static Optional<Link> link(NetworkInterface networkInterface) {
        List<InetAddress> all = networkInterface.inetAddresses().toList();
        List<InetAddress> reachable = Stream.concat(
                        all.stream().filter(Inet4Address.class::isInstance),
                        all.stream()
                                .filter(Inet6Address.class::isInstance)
                                .filter(address -> !address.isLinkLocalAddress())
                                .map(HostAddresses::withoutScope)
                                .sorted(Comparator.comparing(InetAddress::getHostAddress)))
                .toList();
        List<InetAddress> told = reachable.isEmpty() ? all : reachable;
        return told.isEmpty()
                ? Optional.empty()
                : Optional.of(new Link(networkInterface.getName(), networkInterface.getIndex(), told));
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
