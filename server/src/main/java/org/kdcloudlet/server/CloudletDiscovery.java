package org.kdcloudlet.server;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.kdcloudlet.server.config.DiscoveryConfiguration;
import org.kdcloudlet.server.host.HostAddresses;
import org.kdcloudlet.server.host.announcement.Advertisement;
import org.kdcloudlet.server.host.announcement.DiscoveryMethod;
import org.kdcloudlet.server.manager.ServerStatus.DiscoveryStatus;
import org.kdcloudlet.server.peer.Peer;
import org.kdcloudlet.server.peer.PeerDirectory;
import org.kdcloudlet.server.peer.Peers;

/** Makes this cloudlet known and follows the others, as far as is configured. Nothing of it is waited for. */
final class CloudletDiscovery implements Peers, AutoCloseable {
    private final DiscoveryConfiguration configuration;
    private Optional<Supplier<Advertisement>> announcing = Optional.empty();
    private volatile Optional<Advertisement> advertisement = Optional.empty();
    private volatile Optional<PeerDirectory> peers = Optional.empty();

    /** Does nothing yet. */
    CloudletDiscovery(DiscoveryConfiguration configuration) {
        this.configuration = configuration;
    }

    /**
     * Begins in the background.
     *
     * @param name of this cloudlet
     * @param port of its device API
     */
    synchronized void start(String name, int port, HostAddresses addresses) {
        announcing = Optional.of(
                () -> Advertisement.start(new Advertisement.Setup(configuration.method(), name, port), addresses));
        follow(configuration);
        if (configuration.method() != DiscoveryMethod.OFF) {
            peers = Optional.of(
                    PeerDirectory.start(new PeerDirectory.Setup(configuration.interfaces(), OptionalInt.of(port))));
        }
    }

    /** Announces the cloudlet or withdraws it, as {@code discovery.advertise} says now. */
    synchronized void follow(DiscoveryConfiguration now) {
        if (now.announces() && advertisement.isEmpty()) {
            advertisement = announcing.map(Supplier::get);
        } else if (!now.announces()) {
            Optional<Advertisement> withdrawn = advertisement;
            advertisement = Optional.empty();
            withdrawn.ifPresent(Advertisement::close);
        }
    }

    @Override
    public List<Peer> list() {
        return peers.map(Peers::list).orElse(List.of());
    }

    DiscoveryStatus status() {
        Optional<Advertisement> now = advertisement;
        if (now.isEmpty()) {
            return new DiscoveryStatus("off", "", "", List.of());
        }
        List<Advertisement.State> states = now.get().states();
        DiscoveryMethod method = now.get().method();
        String by = method == DiscoveryMethod.OFF ? "" : method.configured();
        String name = states.isEmpty() ? "" : states.get(0).name();
        List<String> interfaces = states.stream()
                .map(state -> state.place().networkInterface())
                .distinct()
                .toList();
        return new DiscoveryStatus(states.isEmpty() ? "announcing" : "announced", by, name, interfaces);
    }

    @Override
    public synchronized void close() {
        announcing = Optional.empty();
        advertisement.ifPresent(Advertisement::close);
        peers.ifPresent(PeerDirectory::close);
    }
}
