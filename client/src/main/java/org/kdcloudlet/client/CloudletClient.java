package org.kdcloudlet.client;

import java.io.Closeable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.kdcloudlet.client.rank.Candidate;
import org.kdcloudlet.client.rank.Ranker;
import org.kdcloudlet.client.rank.Rankers;

/**
 * The way in for an app: finds cloudlets, makes calls to them, and keeps sessions with services. Thread-safe; one for an app
 * is enough. Closing it ends its sessions, calls and threads.
 */
public final class CloudletClient implements Closeable {
    private final Settings settings;
    private final Calls calls = new Calls();
    private final Optional<CloudletFinder> givenFinder;
    private final List<Cloudlet> fixed;
    private final Prewarmed prewarmed;
    private final SessionRegistry sessions = new SessionRegistry();
    private CloudletFinder ownFinder;
    private boolean closed;

    CloudletClient(ClientBuilder builder) {
        settings = new Settings(builder);
        givenFinder = builder.finder;
        fixed = Collections.unmodifiableList(new ArrayList<>(builder.cloudlets));
        prewarmed = new Prewarmed(calls, settings.prewarmMillis);
    }

    /**
     * A client for plain mode with the defaults of {@link ClientBuilder}.
     *
     * @return to be closed
     */
    public static CloudletClient create() {
        return builder().build();
    }

    /**
     * For a client with settings of its own.
     *
     * @return with the defaults
     */
    public static ClientBuilder builder() {
        return new ClientBuilder();
    }

    /**
     * The device API of a cloudlet.
     *
     * @param cloudlet found, or made by {@link Cloudlet#parse(String)}
     * @return makes no call yet
     */
    public CloudletApi at(Cloudlet cloudlet) {
        return new CloudletApi(cloudlet, settings, calls);
    }

    /**
     * What this client looks for cloudlets with. Opens it if that has not been done.
     *
     * @return closed with this client, unless it was given
     * @throws CloudletUnreachableException if the system does not let us look
     */
    public CloudletFinder finder() {
        synchronized (this) {
            if (givenFinder.isPresent()) {
                return givenFinder.get();
            }
            if (closed) {
                throw new CloudletCancelledException("The client is closed.", null);
            }
            if (ownFinder == null) {
                ownFinder = CloudletFinder.open();
            }
            return ownFinder;
        }
    }

    /**
     * The best cloudlet for a service, by {@link Rankers#balanced()}.
     *
     * @param serviceId of the service
     * @return has just answered and offers the service
     * @throws NoCloudletException if there is none
     */
    public Cloudlet findBest(String serviceId) {
        return findBest(serviceId, Rankers.balanced());
    }

    /**
     * The best cloudlet for a service.
     *
     * @param serviceId of the service
     * @param ranker says what is best
     * @return has just answered and offers the service
     * @throws NoCloudletException if there is none
     */
    public Cloudlet findBest(String serviceId, Ranker ranker) {
        return candidates(serviceId, ranker).get(0).cloudlet();
    }

    /**
     * As {@link #findBest(String, Ranker)}.
     *
     * @param serviceId of the service
     * @param ranker says what is best
     * @return to be waited for
     */
    public CompletableFuture<Cloudlet> findBestAsync(String serviceId, Ranker ranker) {
        return calls.compose(() -> findBest(serviceId, ranker));
    }

    /**
     * All cloudlets that can be chosen for a service. Once one has answered, the others have a second to do so too; one that
     * does not is doubted ({@link CloudletFinder#doubt(Cloudlet)}).
     *
     * @param serviceId of the service
     * @param ranker orders them
     * @return the best first; not empty, unmodifiable
     * @throws NoCloudletException if there is none
     */
    public List<Candidate> candidates(String serviceId, Ranker ranker) {
        return new Chooser(this::at, finder()::doubt).choose(serviceId, inReach(), ranker);
    }

    /** Waits until the finder has looked long enough, then tells what it knows, and the fixed ones. */
    private List<Cloudlet> inReach() {
        Map<String, Cloudlet> all = new LinkedHashMap<>();
        fixed.forEach(cloudlet -> all.put(cloudlet.host() + " " + cloudlet.port(), cloudlet));
        CloudletFinder finder = finder();
        try {
            long left = Math.max(0, settings.searchMillis - finder.ageMillis());
            finder.find(Duration.ofMillis(left))
                    .forEach(cloudlet -> all.putIfAbsent(cloudlet.host() + " " + cloudlet.port(), cloudlet));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloudletCancelledException("The search was given up: its thread was interrupted.", e);
        }
        return new ArrayList<>(all.values());
    }

    /**
     * Starts a service ahead of need, at the best cloudlet, so that the next session for it begins at once. The instance
     * waits for the time of {@link ClientBuilder#prewarmTime(Duration)} and is then stopped.
     *
     * @param serviceId of the service
     * @return done when the instance is ready; fails as a start does
     */
    public CompletableFuture<Void> prewarm(String serviceId) {
        return calls.compose(() -> {
            CloudletApi api = at(findBest(serviceId));
            prewarmed.keep(serviceId, api, api.join(serviceId));
            return null;
        });
    }

    /**
     * Prepares a session with a service.
     *
     * @param serviceId of the service
     * @return to be set and opened
     */
    public SessionBuilder session(String serviceId) {
        return new SessionBuilder(this, serviceId);
    }

    /** Tells a listener nothing more, without opening a finder for that. */
    void forget(CloudletListener listener) {
        Optional<CloudletFinder> open;
        synchronized (this) {
            open = givenFinder.isPresent() ? givenFinder : Optional.ofNullable(ownFinder);
        }
        open.ifPresent(finder -> finder.removeListener(listener));
    }

    Calls calls() {
        return calls;
    }

    Settings settings() {
        return settings;
    }

    Prewarmed prewarmed() {
        return prewarmed;
    }

    SessionRegistry sessions() {
        return sessions;
    }

    /** Ends sessions and what was prewarmed, stopping their instances where that can be done at once, then everything else. */
    @Override
    public void close() {
        CloudletFinder finder;
        synchronized (this) {
            closed = true;
            finder = ownFinder;
        }
        sessions.closeAll();
        prewarmed.close();
        calls.close();
        if (finder != null) {
            finder.close();
        }
    }
}
