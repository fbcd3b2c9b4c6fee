package org.kdcloudlet.client;

import java.io.Closeable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
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

    private CloudletClient(Builder builder) {
        settings = new Settings(builder);
        givenFinder = builder.finder;
        fixed = Collections.unmodifiableList(new ArrayList<>(builder.cloudlets));
        prewarmed = new Prewarmed(calls, settings.prewarmMillis);
    }

    /**
     * A client for plain mode with the defaults of {@link Builder}.
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
    public static Builder builder() {
        return new Builder();
    }

    /** The settings of a client. Not thread-safe. Durations are at least 1 ms. */
    public static final class Builder {
        Optional<String> deviceId = Optional.empty();
        CredentialStore credentials = new NoCredentials();
        Duration callTimeout = Duration.ofSeconds(10);
        Duration startTimeout = Duration.ofMinutes(5);
        Duration downloadTimeout = Duration.ofMinutes(30);
        Duration searchTime = Duration.ofMillis(1500);
        Duration watchInterval = Duration.ofSeconds(5);
        Duration prewarmTime = Duration.ofMinutes(5);
        int maximumReplyBytes = 1024 * 1024;
        long maximumAppBytes = 1024L * 1024 * 1024;
        private Optional<CloudletFinder> finder = Optional.empty();
        private List<Cloudlet> cloudlets = Collections.emptyList();

        private Builder() {}

        /**
         * The id of this device, sent with each call and needed for encrypted mode. Default: none.
         *
         * @param id 1 to 128 printable ASCII characters
         * @return this
         */
        public Builder deviceId(String id) {
            if (!id.matches("[!-~]{1,128}")) {
                throw new IllegalArgumentException("A device id has 1 to 128 printable ASCII characters and no space.");
            }
            deviceId = Optional.of(id);
            return this;
        }

        /**
         * Where the keys for encrypted mode are. Default: there are none.
         *
         * @param store thread-safe
         * @return this
         */
        public Builder credentials(CredentialStore store) {
            credentials = store;
            return this;
        }

        /**
         * How long a call may take in all, name look-up and connecting included. Default: 10 s.
         *
         * @param timeout of all calls but those that start, stop or download
         * @return this
         */
        public Builder callTimeout(Duration timeout) {
            callTimeout = Checks.positive(timeout, "The timeout of calls");
            return this;
        }

        /**
         * How long starting, joining or stopping may take in all. Default: 5 min, since a guest may have to boot.
         *
         * @param timeout of these calls
         * @return this
         */
        public Builder startTimeout(Duration timeout) {
            startTimeout = Checks.positive(timeout, "The timeout of starts");
            return this;
        }

        /**
         * How long a download may take in all. Default: 30 min.
         *
         * @param timeout of downloads
         * @return this
         */
        public Builder downloadTimeout(Duration timeout) {
            downloadTimeout = Checks.positive(timeout, "The timeout of downloads");
            return this;
        }

        /**
         * How long to look for cloudlets before the best of them is chosen, counted from when the finder was opened.
         * Default: 1.5 s.
         *
         * @param time less may miss some
         * @return this
         */
        public Builder searchTime(Duration time) {
            searchTime = Checks.positive(time, "The time of a search");
            return this;
        }

        /**
         * How often a session looks whether its cloudlet is still there, and for messages. Default: 5 s.
         *
         * @param interval a lost cloudlet is noticed after about this and two {@link #callTimeout(Duration)}
         * @return this
         */
        public Builder watchInterval(Duration interval) {
            watchInterval = Checks.positive(interval, "The interval of watching");
            return this;
        }

        /**
         * How long an instance started by {@link CloudletClient#prewarm(String)} waits for a session. Default: 5 min.
         *
         * @param time after which it is stopped
         * @return this
         */
        public Builder prewarmTime(Duration time) {
            prewarmTime = Checks.positive(time, "The time of prewarming");
            return this;
        }

        /**
         * Longer replies are refused, apps excepted. Default: 1 MiB.
         *
         * @param bytes at least 1
         * @return this
         */
        public Builder maximumReplyBytes(int bytes) {
            maximumReplyBytes = Checks.atLeastOne(bytes, "The length of a reply");
            return this;
        }

        /**
         * Larger apps are refused. Default: 1 GiB. In encrypted mode 64 MiB are the limit in any case.
         *
         * @param bytes at least 1
         * @return this
         */
        public Builder maximumAppBytes(long bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException("The size of an app is at least 1.");
            }
            maximumAppBytes = bytes;
            return this;
        }

        /**
         * Looks with this finder, and leaves it open in the end. Default: one of its own, opened when it is needed first.
         *
         * @param finder open
         * @return this
         */
        public Builder finder(CloudletFinder finder) {
            this.finder = Optional.of(finder);
            return this;
        }

        /**
         * Chooses among these cloudlets too, found or not: of networks without multicast, from addresses or QR codes
         * ({@link Cloudlet#parse(String)}). Default: none.
         *
         * @param known whether they are there is found out when they are needed
         * @return this
         */
        public Builder cloudlets(Cloudlet... known) {
            cloudlets = Arrays.asList(known.clone());
            return this;
        }

        /**
         * Makes the client.
         *
         * @return to be closed
         */
        public CloudletClient build() {
            return new CloudletClient(this);
        }
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
     * All cloudlets that can be chosen for a service.
     *
     * @param serviceId of the service
     * @param ranker orders them
     * @return the best first; not empty, unmodifiable
     * @throws NoCloudletException if there is none
     */
    public List<Candidate> candidates(String serviceId, Ranker ranker) {
        return new Chooser(this::at).choose(serviceId, inReach(), ranker);
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
     * waits for the time of {@link Builder#prewarmTime(Duration)} and is then stopped.
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
    public ServiceSession.Builder session(String serviceId) {
        return new ServiceSession.Builder(this, serviceId);
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
