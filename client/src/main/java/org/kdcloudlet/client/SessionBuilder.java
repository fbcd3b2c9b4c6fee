package org.kdcloudlet.client;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.kdcloudlet.client.rank.Ranker;
import org.kdcloudlet.client.rank.Rankers;

/** The settings of a session. Not thread-safe. */
public final class SessionBuilder {
    final CloudletClient client;
    final String serviceId;
    private Ranker ranker = Rankers.balanced();
    SessionListener listener = event -> {};
    private boolean alone;
    private Optional<Cloudlet> start = Optional.empty();

    SessionBuilder(CloudletClient client, String serviceId) {
        this.client = client;
        this.serviceId = serviceId;
    }

    /**
     * How cloudlets are compared. Default: {@link Rankers#balanced()}.
     *
     * @param newRanker asked when a cloudlet is needed
     * @return this
     */
    public SessionBuilder ranker(Ranker newRanker) {
        ranker = newRanker;
        return this;
    }

    /**
     * Who is told of losses, moves and messages. Default: nobody.
     *
     * @param newListener the one callback
     * @return this
     */
    public SessionBuilder listener(SessionListener newListener) {
        listener = newListener;
        return this;
    }

    /**
     * Has an instance started for this session alone. Default: one that is shared, where the service allows it.
     *
     * @return this
     */
    public SessionBuilder alone() {
        alone = true;
        return this;
    }

    /**
     * Where to begin, without looking for the best. Default: at the best cloudlet.
     *
     * @param cloudlet after its loss another one is looked for
     * @return this
     */
    public SessionBuilder at(Cloudlet cloudlet) {
        start = Optional.of(cloudlet);
        return this;
    }

    /**
     * Opens the session: takes what was prewarmed, or starts the service at the best cloudlet that can.
     *
     * @return served
     * @throws NoCloudletException if no cloudlet can be chosen
     * @throws CloudletException what the best cloudlets answered, when none could start it
     */
    public ServiceSession open() {
        Placement placement = new Placement(client, serviceId, ranker, alone);
        ServiceSession session =
                new ServiceSession(this, placement, start.map(placement::at).orElseGet(placement::first));
        client.sessions().add(session);
        session.watchLater(client.settings().watchMillis);
        return session;
    }

    /**
     * As {@link #open()}.
     *
     * @return to be waited for
     */
    public CompletableFuture<ServiceSession> openAsync() {
        return client.calls().compose(this::open);
    }
}
