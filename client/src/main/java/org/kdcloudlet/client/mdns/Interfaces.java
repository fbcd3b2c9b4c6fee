package org.kdcloudlet.client.mdns;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Chooses the network interfaces on which to look for cloudlets. */
public final class Interfaces {
    /** Bridges of containers and machines, and mobile data: no cloudlet is reached through them. */
    private static final Pattern UNSUITABLE =
            Pattern.compile("(docker|veth|br-|virbr|vnet|cni|lxc|podman|tap|dummy|rmnet|ccmni|pdp|v4-).*");

    private final Set<String> chosen;

    /**
     * Chooses by name.
     *
     * @param chosen e.g. {@code wlan0}; none stands for all suitable ones
     */
    public Interfaces(Set<String> chosen) {
        this.chosen = Collections.unmodifiableSet(new TreeSet<>(chosen));
    }

    /**
     * The interfaces to use now, by what tells one from what it becomes when its addresses change. Without any suitable one
     * the loopback interface, so that a cloudlet on the same host is found.
     */
    Map<String, NetworkInterface> now() throws SocketException {
        Map<String, NetworkInterface> suitable = new LinkedHashMap<>();
        Map<String, NetworkInterface> loopback = new LinkedHashMap<>();
        Enumeration<NetworkInterface> all = NetworkInterface.getNetworkInterfaces();
        while (all != null && all.hasMoreElements()) {
            NetworkInterface one = all.nextElement();
            if (isUsable(one)) {
                if (isSuitable(one)) {
                    suitable.put(key(one), one);
                } else if (chosen.isEmpty() && one.isLoopback()) {
                    loopback.put(key(one), one);
                }
            }
        }
        return suitable.isEmpty() ? loopback : suitable;
    }

    private boolean isSuitable(NetworkInterface one) throws SocketException {
        if (!chosen.isEmpty()) {
            return chosen.contains(one.getName());
        }
        return !one.isLoopback()
                && one.supportsMulticast()
                && !one.isPointToPoint()
                && !UNSUITABLE.matcher(one.getName()).matches();
    }

    private static boolean isUsable(NetworkInterface one) {
        try {
            return one.isUp() && one.getInetAddresses().hasMoreElements();
        } catch (SocketException e) {
            // It went away while we looked at it.
            return false;
        }
    }

    private static String key(NetworkInterface one) {
        List<String> addresses = new ArrayList<>();
        for (InetAddress address : Collections.list(one.getInetAddresses())) {
            addresses.add(address.getHostAddress());
        }
        Collections.sort(addresses);
        return one.getName() + '#' + one.getIndex() + addresses;
    }
}
