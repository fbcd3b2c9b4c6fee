package org.kdcloudlet.server.config;

import java.net.InetAddress;
import java.time.Duration;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.server.instance.InstanceSettings;

/** Reads section {@code instances}: limits and habits of Service VMs. */
final class InstancesSection {
    private InstancesSection() {}

    static InstanceSettings read(Section section) {
        return new InstanceSettings(
                hostPorts(section),
                section.live().integer("max", 100, 1, 10_000),
                section.live().integer("max-per-service", 50, 1, 10_000),
                section.live().size("memory-reserve", "512MiB", "0B", "1TiB"),
                section.live().integer("memory-overcommit-percent", 200, 10, 10_000) / 100.0,
                section.live().size("disk-reserve", "1GiB", "0B", "100TiB"),
                section.live().duration("start-deadline", "5m", "1s", "1h"),
                section.live().duration("idle-timeout", "30m", "0s", "365d"),
                stopPolicy(section),
                section.live().duration("keep-failed", "1d", "0s", "365d"),
                section.live().integer("max-failed", 100, 0, 10_000),
                section.live().integer("max-snapshots", 5, 0, 100),
                section.live().duration("pool-quiet", "250ms", "0s", "1m"));
    }

    private static HostPorts hostPorts(Section section) {
        InetAddress address = section.address("address", "0.0.0.0");
        int first = section.integer("first-port", 20_000, 1, 65_535);
        int last = section.integer("last-port", 29_999, 1, 65_535);
        if (first > last) {
            section.problem("last-port", "must not be below instances.first-port, which is " + first);
        }
        return new HostPorts(address, first, Math.max(first, last));
    }

    private static StopPolicy stopPolicy(Section section) {
        Duration agent = section.live().duration("stop-agent", "0s", "0s", "10m");
        Duration powerButton = section.live().duration("stop-power-button", "0s", "0s", "10m");
        return new StopPolicy(agent, powerButton);
    }
}
