package org.kdcloudlet.server.instance;

import java.time.Duration;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.StopPolicy;

/**
 * Limits and habits of instances.
 *
 * @param hostPorts where services are reached
 * @param maxInstances machines at a time, waiting ones included; default 100
 * @param maxInstancesPerService instances of one service at a time; default 50
 * @param memoryReserveBytes memory left to the host; default 512 MiB
 * @param memoryOvercommit how many times the host's memory, less the reserve, may be promised to guests; clones share what they
 *     do not change; default 2
 * @param diskReserveBytes space left free; default 1 GiB
 * @param startDeadline by when a start must have answered; default 5 minutes
 * @param idleTimeout instances unused for so long are stopped; zero: never; default 30 minutes
 * @param stopPolicy how a machine is asked to end; default: killed, for its disk goes with it
 * @param keepFailed how long failed instances are listed; default 1 day
 * @param maxFailed how many failed instances are listed at most; default 100
 * @param maxSnapshots how many snapshots an instance may have; default 5
 * @param poolQuiet how long no start may have been under way before pools are refilled; default 250 ms
 */
public record InstanceSettings(
        HostPorts hostPorts,
        int maxInstances,
        int maxInstancesPerService,
        long memoryReserveBytes,
        double memoryOvercommit,
        long diskReserveBytes,
        Duration startDeadline,
        Duration idleTimeout,
        StopPolicy stopPolicy,
        Duration keepFailed,
        int maxFailed,
        int maxSnapshots,
        Duration poolQuiet) {
    /** The documented defaults, on these host ports. */
    public static InstanceSettings defaults(HostPorts hostPorts) {
        return new InstanceSettings(
                hostPorts,
                100,
                50,
                512L << 20,
                2.0,
                1L << 30,
                Duration.ofMinutes(5),
                Duration.ofMinutes(30),
                StopPolicy.KILL,
                Duration.ofDays(1),
                100,
                5,
                Duration.ofMillis(250));
    }
}
