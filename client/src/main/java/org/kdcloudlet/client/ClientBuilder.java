package org.kdcloudlet.client;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** The settings of a client. Not thread-safe. Durations are at least 1 ms. */
public final class ClientBuilder {
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
    Optional<CloudletFinder> finder = Optional.empty();
    List<Cloudlet> cloudlets = Collections.emptyList();

    ClientBuilder() {}

    /**
     * The id of this device, sent with each call and needed for encrypted mode. Default: none.
     *
     * @param id 1 to 128 printable ASCII characters
     * @return this
     */
    public ClientBuilder deviceId(String id) {
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
    public ClientBuilder credentials(CredentialStore store) {
        credentials = store;
        return this;
    }

    /**
     * How long a call may take in all, name look-up and connecting included. Default: 10 s.
     *
     * @param timeout of all calls but those that start, stop or download
     * @return this
     */
    public ClientBuilder callTimeout(Duration timeout) {
        callTimeout = Checks.positive(timeout, "The timeout of calls");
        return this;
    }

    /**
     * How long starting, joining or stopping may take in all. Default: 5 min, since a guest may have to boot.
     *
     * @param timeout of these calls
     * @return this
     */
    public ClientBuilder startTimeout(Duration timeout) {
        startTimeout = Checks.positive(timeout, "The timeout of starts");
        return this;
    }

    /**
     * How long a download may take in all. Default: 30 min.
     *
     * @param timeout of downloads
     * @return this
     */
    public ClientBuilder downloadTimeout(Duration timeout) {
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
    public ClientBuilder searchTime(Duration time) {
        searchTime = Checks.positive(time, "The time of a search");
        return this;
    }

    /**
     * How often a session looks whether its cloudlet is still there, and for messages. Default: 5 s.
     *
     * @param interval a lost cloudlet is noticed after about this and two {@link #callTimeout(Duration)}
     * @return this
     */
    public ClientBuilder watchInterval(Duration interval) {
        watchInterval = Checks.positive(interval, "The interval of watching");
        return this;
    }

    /**
     * How long an instance started by {@link CloudletClient#prewarm(String)} waits for a session. Default: 5 min.
     *
     * @param time after which it is stopped
     * @return this
     */
    public ClientBuilder prewarmTime(Duration time) {
        prewarmTime = Checks.positive(time, "The time of prewarming");
        return this;
    }

    /**
     * Longer replies are refused, apps excepted. Default: 1 MiB.
     *
     * @param bytes at least 1
     * @return this
     */
    public ClientBuilder maximumReplyBytes(int bytes) {
        maximumReplyBytes = Checks.atLeastOne(bytes, "The length of a reply");
        return this;
    }

    /**
     * Larger apps are refused. Default: 1 GiB. In encrypted mode 64 MiB are the limit in any case.
     *
     * @param bytes at least 1
     * @return this
     */
    public ClientBuilder maximumAppBytes(long bytes) {
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
    public ClientBuilder finder(CloudletFinder finder) {
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
    public ClientBuilder cloudlets(Cloudlet... known) {
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
