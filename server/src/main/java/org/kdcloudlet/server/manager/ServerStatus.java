package org.kdcloudlet.server.manager;

import java.net.InetAddress;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.HypervisorStatus;
import org.kdcloudlet.server.host.HostLoad;

/**
 * What the server says of itself at one moment.
 *
 * @param name of the cloudlet
 * @param version of the program
 * @param started when the server was started
 * @param hypervisor what runs machines here, and why
 * @param load of the host
 * @param addresses of this host that devices may reach
 * @param apiAddress where the device API listens
 * @param apiPort its TCP port
 * @param discovery how devices find this cloudlet
 * @param manager where browsers find the Manager; empty when it has no port
 * @param authority the certificate by which clients know the Manager; empty when that speaks no TLS
 */
public record ServerStatus(
        String name,
        String version,
        Instant started,
        HypervisorStatus hypervisor,
        HostLoad load,
        List<InetAddress> addresses,
        InetAddress apiAddress,
        int apiPort,
        DiscoveryStatus discovery,
        Optional<URI> manager,
        Optional<X509Certificate> authority) {
    public ServerStatus {
        addresses = List.copyOf(addresses);
    }

    /**
     * The announcement by mDNS.
     *
     * @param state {@code off}, {@code announcing}, or {@code announced}
     * @param method who announces it: {@code avahi}, {@code built-in}, or empty for nobody
     * @param instanceName under which the cloudlet is announced; empty when it is not
     * @param interfaces on which it is announced
     */
    public record DiscoveryStatus(String state, String method, String instanceName, List<String> interfaces) {
        public DiscoveryStatus {
            interfaces = List.copyOf(interfaces);
        }
    }
}
