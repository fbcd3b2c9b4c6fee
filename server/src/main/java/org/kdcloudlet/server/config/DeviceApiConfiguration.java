package org.kdcloudlet.server.config;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The API that devices use.
 *
 * @param address where it listens; 0.0.0.0 is every IPv4 address
 * @param port TCP port; 0 takes any free one
 * @param advertisedAddress the address told to devices as that of their Service VMs; empty tells each device the address at
 *     which it reached this cloudlet
 * @param hostNames names that requests may address this cloudlet by, besides IP addresses and its own name
 * @param idleTimeout how long a connection may be silent
 * @param maxThreads threads that answer; starts and stops hold one each while they wait
 */
public record DeviceApiConfiguration(
        InetAddress address,
        int port,
        Optional<InetAddress> advertisedAddress,
        List<String> hostNames,
        Duration idleTimeout,
        int maxThreads) {
    static final String HOST_NAME = "[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?";

    static DeviceApiConfiguration read(Section section) {
        return new DeviceApiConfiguration(
                section.address("address", "0.0.0.0"),
                section.integer("port", 9999, 0, 65_535),
                section.optionalAddress("advertised-address"),
                section.texts("host-names", HOST_NAME, "a host name"),
                section.duration("idle-timeout", "30s", "1s", "10m"),
                section.integer("max-threads", 64, 8, 1000));
    }
}
