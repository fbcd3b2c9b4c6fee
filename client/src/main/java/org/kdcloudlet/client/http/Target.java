package org.kdcloudlet.client.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Where requests go: a host with one or more addresses, and a port. */
public final class Target {
    private final String host;
    private final List<InetAddress> addresses;
    private final int port;

    /**
     * A place.
     *
     * @param host address or name, without brackets
     * @param addresses to try in this order; none has the name looked up
     * @param port 1 to 65535
     */
    public Target(String host, List<InetAddress> addresses, int port) {
        this.host = host;
        this.addresses = Collections.unmodifiableList(new ArrayList<>(addresses));
        this.port = port;
    }

    List<InetAddress> addresses() throws UnknownHostException {
        return addresses.isEmpty() ? Arrays.asList(InetAddress.getAllByName(host)) : addresses;
    }

    int port() {
        return port;
    }

    /** The value of the Host header: without the scope of an IPv6 address, which means something on this device only. */
    String hostHeader() {
        int scope = host.indexOf('%');
        String bare = scope < 0 ? host : host.substring(0, scope);
        return (bare.indexOf(':') >= 0 ? "[" + bare + "]" : bare) + ":" + port;
    }

    /** Connections to the same place may be used again. */
    String key() {
        return host + " " + port;
    }
}
