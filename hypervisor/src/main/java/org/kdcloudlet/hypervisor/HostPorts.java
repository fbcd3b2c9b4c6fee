package org.kdcloudlet.hypervisor;

import java.net.InetAddress;
import java.util.Objects;

/**
 * Where on the host forwarded ports are taken from.
 *
 * @param address the IPv4 address to listen on; 0.0.0.0 for all
 * @param first first port of the range, inclusive
 * @param last last port of the range, inclusive
 */
public record HostPorts(InetAddress address, int first, int last) {
    public HostPorts {
        Objects.requireNonNull(address, "address");
        if (first < 1 || last > 65_535 || first > last) {
            throw new IllegalArgumentException("Not a port range: " + first + "-" + last);
        }
    }
}
