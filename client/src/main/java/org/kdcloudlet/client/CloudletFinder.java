package org.kdcloudlet.client;

import java.io.Closeable;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.kdcloudlet.client.mdns.Browser;
import org.kdcloudlet.client.mdns.Interfaces;
import org.kdcloudlet.client.mdns.Limits;
import org.kdcloudlet.client.mdns.Sighting;

/**
 * Finds the cloudlets in reach by multicast DNS (spec/discovery.md: {@code _cloudlet._tcp.local.}) and follows them live,
 * from when it is opened until it is closed. Thread-safe. One per app is enough; on Android the app holds a
 * {@code WifiManager.MulticastLock} as long, or the system drops the answers.
 */
public final class CloudletFinder implements Closeable {
    private final Browser browser;
    private final ExecutorService events;
    private final Map<CloudletListener, Delivery> listeners = new LinkedHashMap<>();
    /** Guards what is known; notified when that changes. */
    private final Object lock = new Object();

    private Map<String, Cloudlet> known = Collections.emptyMap();
    private boolean closed;
    private final long openedNanos = System.nanoTime();

    private CloudletFinder(Builder settings) throws IOException {
        AtomicInteger count = new AtomicInteger();
        events = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "cloudlet-events-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        browser = Browser.start(
                new Interfaces(settings.interfaces),
                new Limits(settings.maximumCloudlets, settings.maximumAddresses),
                this::take,
                settings.problems);
    }

    /**
     * A finder on all suitable interfaces, with the defaults of {@link Builder}.
     *
     * @return looking already
     * @throws CloudletUnreachableException if the system does not let us look
     */
    public static CloudletFinder open() {
        return builder().open();
    }

    /**
     * For a finder with settings of its own.
     *
     * @return with the defaults
     */
    public static Builder builder() {
        return new Builder();
    }

    /** The settings of a finder. Not thread-safe. */
    public static final class Builder {
        private Set<String> interfaces = Collections.emptySet();
        private int maximumCloudlets = 256;
        private int maximumAddresses = 16;
        private Consumer<String> problems = problem -> {};

        private Builder() {}

        /**
         * Looks on these network interfaces only. Default: all that are up, take part in multicast and lead to others, followed
         * as they come and go; when there is none, the loopback interface.
         *
         * @param names e.g. {@code wlan0}; none stands for the default
         * @return this
         */
        public Builder interfaces(String... names) {
            interfaces = new LinkedHashSet<>(Arrays.asList(names));
            return this;
        }

        /**
         * Keeps no more cloudlets than this on each interface, however many are announced. Default: 256.
         *
         * @param number at least 1
         * @return this
         */
        public Builder maximumCloudlets(int number) {
            maximumCloudlets = Checks.atLeastOne(number, "The number of cloudlets");
            return this;
        }

        /**
         * Keeps no more addresses of one cloudlet than this on each interface. Default: 16.
         *
         * @param number at least 1
         * @return this
         */
        public Builder maximumAddresses(int number) {
            maximumAddresses = Checks.atLeastOne(number, "The number of addresses");
            return this;
        }

        /**
         * Is told of interfaces on which the finder cannot look, one sentence each, for a log. Default: nobody.
         *
         * @param problems called on a thread of the finder's; must return soon
         * @return this
         */
        public Builder problems(Consumer<String> problems) {
            this.problems = problems;
            return this;
        }

        /**
         * Starts looking.
         *
         * @return looking already
         * @throws CloudletUnreachableException if the system does not let us look
         */
        public CloudletFinder open() {
            try {
                return new CloudletFinder(this);
            } catch (IOException e) {
                throw new CloudletUnreachableException("Cannot look for cloudlets: " + e.getMessage(), e);
            }
        }
    }

    /**
     * The cloudlets known now.
     *
     * @return by instance name; unmodifiable
     */
    public List<Cloudlet> cloudlets() {
        synchronized (lock) {
            return Collections.unmodifiableList(new ArrayList<>(known.values()));
        }
    }

    /**
     * Looks for a given time. The finder goes on afterwards; what it knew before is in the answer too.
     *
     * @param time how long; cloudlets answer within 1.5 s of the opening of a finder unless the network is bad
     * @return the cloudlets known at the end, by instance name
     * @throws InterruptedException if the thread is interrupted
     */
    public List<Cloudlet> find(Duration time) throws InterruptedException {
        return find(time, cloudlets -> false);
    }

    /**
     * Looks for a given time, or until somebody is content with what was found.
     *
     * @param time how long at most
     * @param enough asked about what is known, now and after each change; must return soon
     * @return the cloudlets known at the end, by instance name
     * @throws InterruptedException if the thread is interrupted
     */
    public List<Cloudlet> find(Duration time, Predicate<List<Cloudlet>> enough) throws InterruptedException {
        long deadline = System.nanoTime() + time.toNanos();
        synchronized (lock) {
            while (!closed && !enough.test(cloudlets())) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    break;
                }
                lock.wait(left / 1_000_000 + 1);
            }
            return cloudlets();
        }
    }

    /** How long it has been looking, in milliseconds. */
    long ageMillis() {
        return (System.nanoTime() - openedNanos) / 1_000_000;
    }

    /**
     * Tells a listener of all cloudlets that are known, and from then on of each change.
     *
     * @param listener each at most once
     */
    public void addListener(CloudletListener listener) {
        synchronized (lock) {
            if (!closed && !listeners.containsKey(listener)) {
                Delivery delivery = new Delivery(listener, events);
                listeners.put(listener, delivery);
                delivery.offer(known);
            }
        }
    }

    /**
     * Tells a listener nothing more. A call that is under way is not waited for.
     *
     * @param listener does not have to be known
     */
    public void removeListener(CloudletListener listener) {
        synchronized (lock) {
            Delivery delivery = listeners.remove(listener);
            if (delivery != null) {
                delivery.end();
            }
        }
    }

    /**
     * Says that a cloudlet could not be reached. It is asked for again, and removed after ten seconds unless it answers.
     *
     * @param cloudlet does not have to be known
     */
    public void doubt(Cloudlet cloudlet) {
        browser.doubt(cloudlet.instanceName());
    }

    private void take(List<Sighting> sightings) {
        Map<String, List<Sighting>> byName = new TreeMap<>();
        for (Sighting sighting : sightings) {
            byName.computeIfAbsent(sighting.instance(), name -> new ArrayList<>())
                    .add(sighting);
        }
        synchronized (lock) {
            Map<String, Cloudlet> now = new TreeMap<>();
            byName.forEach((name, all) -> now.put(name, merge(all).since(Optional.ofNullable(known.get(name)))));
            boolean different = !now.equals(known);
            known = now;
            if (different) {
                listeners.values().forEach(delivery -> delivery.offer(now));
                lock.notifyAll();
            }
        }
    }

    /** One cloudlet of what was heard of it on all networks, the latest last. */
    private static Cloudlet merge(List<Sighting> sightings) {
        Set<InetAddress> ipv4 = new LinkedHashSet<>();
        Set<InetAddress> others = new LinkedHashSet<>();
        Sighting latest = sightings.get(0);
        for (Sighting sighting : sightings) {
            for (InetAddress address : sighting.addresses()) {
                (address instanceof Inet4Address ? ipv4 : others).add(address);
            }
            latest = sighting.lastHeard().isAfter(latest.lastHeard()) ? sighting : latest;
        }
        List<InetAddress> addresses = new ArrayList<>(ipv4);
        addresses.addAll(others);
        Instant heard = latest.lastHeard();
        String host = addresses.get(0).getHostAddress();
        return new Cloudlet(latest.instance(), host, addresses, latest.port(), latest.encryption(), heard, heard);
    }

    /** Ends at once; listeners hear nothing more. Closing twice is harmless. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            listeners.values().forEach(Delivery::end);
            listeners.clear();
            lock.notifyAll();
        }
        browser.close();
        events.shutdownNow();
    }
}
