package org.kdcloudlet.client;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.client.rank.Candidate;
import org.kdcloudlet.client.rank.Ranker;

/** Finds instances for one session: the first, another after a loss, the one that was handed off. Thread-safe. */
final class Placement {
    /** How many cloudlets are tried, the best first. */
    private static final int TRIES = 3;

    private static final int ACCEPT_MILLIS = 1000;

    private final CloudletClient client;
    private final String serviceId;
    private final Ranker ranker;
    private final boolean alone;

    Placement(CloudletClient client, String serviceId, Ranker ranker, boolean alone) {
        this.client = client;
        this.serviceId = serviceId;
        this.ranker = ranker;
        this.alone = alone;
    }

    Endpoint first() {
        Optional<Prewarmed.Held> held = client.prewarmed().take(serviceId);
        if (held.isPresent()) {
            return new Endpoint(held.get().api.cloudlet(), held.get().instance);
        }
        return start(client.candidates(serviceId, ranker));
    }

    /** At a cloudlet that the app has chosen. */
    Endpoint at(Cloudlet cloudlet) {
        CloudletApi api = client.at(cloudlet);
        return new Endpoint(cloudlet, alone ? api.start(serviceId) : api.join(serviceId));
    }

    /**
     * An instance elsewhere; at the same cloudlet only when there is no other. A cloudlet that was away for a while, and has
     * kept the instance meanwhile, goes before all others: the instance has the session's state.
     *
     * @param mayComeBack whether the cloudlet was lost, and not the instance or the right to use it
     */
    Endpoint instead(Endpoint lost, boolean mayComeBack) {
        client.finder().doubt(lost.cloudlet());
        List<Candidate> candidates = new ArrayList<>(client.candidates(serviceId, ranker));
        boolean isBack = candidates.stream().anyMatch(candidate -> isSame(candidate, lost));
        if (mayComeBack && isBack && accepts(lost)) {
            return lost;
        }
        candidates.sort(Comparator.comparing(candidate -> isSame(candidate, lost)));
        return start(candidates);
    }

    private static boolean isSame(Candidate candidate, Endpoint lost) {
        return candidate.cloudlet().name().equals(lost.cloudlet().name())
                && candidate.cloudlet().port() == lost.cloudlet().port();
    }

    /** Whether somebody listens at the instance's port. Not for UDP: such a service gets a new instance. */
    private static boolean accepts(Endpoint endpoint) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(endpoint.host(), endpoint.port()), ACCEPT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** The instance that was moved. The key for its cloudlet is believed only when it came encrypted. */
    Endpoint handedOff(Endpoint from, Handoff handoff) {
        if (from.cloudlet().isEncrypted()) {
            handoff.deviceKey().ifPresent(key -> client.settings()
                    .credentials
                    .putDeviceKey(handoff.target().name(), key));
        }
        return new Endpoint(handoff.target(), client.at(handoff.target()).join(serviceId));
    }

    private Endpoint start(List<Candidate> candidates) {
        CloudletException failure = new NoCloudletException("No cloudlet can be chosen for " + serviceId + ".", null);
        for (Candidate candidate : candidates.subList(0, Math.min(TRIES, candidates.size()))) {
            try {
                return at(candidate.cloudlet());
            } catch (CloudletCancelledException e) {
                throw e;
            } catch (CloudletException e) {
                failure = e;
            }
        }
        throw failure;
    }
}
