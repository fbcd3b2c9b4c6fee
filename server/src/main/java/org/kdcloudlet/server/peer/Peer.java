package org.kdcloudlet.server.peer;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.host.HostLoad;

/**
 * Another cloudlet, as it was known at one moment. All of it is what the other says of itself.
 *
 * @param name by which devices know it: the last word of the instance name
 * @param instanceName the whole name of its DNS-SD instance
 * @param addresses at which it is announced, IPv4 first
 * @param port of its device API
 * @param encryption whether its device API takes encrypted commands only
 * @param state whether it answers
 * @param load as of the last answer; empty unless it is {@link PeerState#ANSWERING}
 * @param services the ids of its services, as of the last answer; empty unless it is {@link PeerState#ANSWERING}
 * @param lastSeen when it was last heard of, or last answered
 */
public record Peer(
        String name,
        String instanceName,
        List<InetAddress> addresses,
        int port,
        boolean encryption,
        PeerState state,
        Optional<HostLoad> load,
        Optional<List<String>> services,
        Instant lastSeen) {
    public Peer {
        addresses = List.copyOf(addresses);
        services = services.map(List::copyOf);
    }

    /** How long it was not heard of. */
    public Duration age(Instant now) {
        Duration age = Duration.between(lastSeen, now);
        return age.isNegative() ? Duration.ZERO : age;
    }
}
