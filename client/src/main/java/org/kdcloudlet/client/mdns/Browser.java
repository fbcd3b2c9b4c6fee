package org.kdcloudlet.client.mdns;

import java.io.Closeable;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Looks for cloudlets on all chosen interfaces at once, on one thread of its own, and follows interfaces and addresses as they
 * come and go. What cannot be used now is tried again.
 */
public final class Browser implements Closeable {
    private static final long RESCAN_MILLIS = 2000;
    private static final long CLOSE_MILLIS = 2000;

    private final Interfaces interfaces;
    private final Limits limits;
    private final Consumer<List<Sighting>> changed;
    private final Consumer<String> problems;
    private final Selector selector;
    private final Thread thread;
    private final Map<String, Link> links = new LinkedHashMap<>();
    private final Set<String> failed = new LinkedHashSet<>();
    private final Queue<String> doubts = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;
    private long nextRescan = now();

    private Browser(Interfaces interfaces, Limits limits, Consumer<List<Sighting>> changed, Consumer<String> problems)
            throws IOException {
        this.interfaces = interfaces;
        this.limits = limits;
        this.changed = changed;
        this.problems = problems;
        selector = Selector.open();
        thread = new Thread(this::run, "cloudlet-finder");
        thread.setDaemon(true);
    }

    /**
     * Starts looking.
     *
     * @param interfaces where
     * @param limits how much to keep
     * @param changed told of everything that is known whenever something may have changed, on the browser's thread
     * @param problems told of interfaces that cannot be used, one sentence each, on the browser's thread
     * @return running, until it is closed
     * @throws IOException if the system has no more file descriptors
     */
    public static Browser start(
            Interfaces interfaces, Limits limits, Consumer<List<Sighting>> changed, Consumer<String> problems)
            throws IOException {
        Browser browser = new Browser(interfaces, limits, changed, problems);
        browser.thread.start();
        return browser;
    }

    /**
     * Has a cloudlet asked for again which somebody could not reach; it is gone after ten seconds, unless it answers
     * (RFC 6762, 10.4).
     *
     * @param instanceName of the cloudlet
     */
    public void doubt(String instanceName) {
        doubts.add(instanceName);
        selector.wakeup();
    }

    private void run() {
        try {
            while (!closed) {
                long now = now();
                rescan(now);
                String doubted = doubts.poll();
                while (doubted != null) {
                    String name = doubted;
                    links.values().forEach(link -> link.doubt(name, now));
                    doubted = doubts.poll();
                }
                tick(now);
                changed.accept(sightings());
                await();
            }
        } catch (IOException e) {
            problems.accept("Looking for cloudlets ended: " + e.getMessage());
        } finally {
            closeAll();
        }
    }

    private void rescan(long now) {
        if (now < nextRescan) {
            return;
        }
        nextRescan = now + RESCAN_MILLIS;
        try {
            Map<String, NetworkInterface> there = interfaces.now();
            for (String key : new ArrayList<>(links.keySet())) {
                if (!there.containsKey(key)) {
                    close(links.remove(key));
                }
            }
            failed.retainAll(there.keySet());
            there.forEach((key, one) -> {
                if (!links.containsKey(key)) {
                    open(key, one, now);
                }
            });
        } catch (SocketException e) {
            tell("interfaces", "The network interfaces cannot be listed: " + e.getMessage());
        }
    }

    private void open(String key, NetworkInterface one, long now) {
        try {
            links.put(key, Link.open(one, selector, limits, now));
            failed.remove(key);
        } catch (IOException e) {
            tell(key, "Cannot look for cloudlets on " + one.getName() + ": " + e.getMessage());
        }
    }

    /** Once for each failure that lasts. */
    private void tell(String key, String problem) {
        if (failed.add(key)) {
            problems.accept(problem);
        }
    }

    private void tick(long now) {
        for (String key : new ArrayList<>(links.keySet())) {
            try {
                links.get(key).tick(now);
            } catch (IOException e) {
                // The network went away, or has no route yet. The next rescan opens it again if it is there.
                tell(key, "Cannot look for cloudlets on " + key + ": " + e.getMessage());
                close(links.remove(key));
            }
        }
    }

    private void await() throws IOException {
        long next = nextRescan;
        for (Link link : links.values()) {
            next = Math.min(next, link.next());
        }
        selector.select(Math.max(1, next - now()));
        selector.selectedKeys().clear();
        long now = now();
        for (String key : new ArrayList<>(links.keySet())) {
            try {
                links.get(key).receive(now);
            } catch (IOException e) {
                // Opened again by the next rescan, if the network is still there.
                close(links.remove(key));
            }
        }
    }

    private List<Sighting> sightings() {
        List<Sighting> all = new ArrayList<>();
        links.values().forEach(link -> all.addAll(link.sightings()));
        return all;
    }

    private void close(Link link) {
        try {
            link.close();
        } catch (IOException e) {
            problems.accept("A socket cannot be closed: " + e.getMessage());
        }
    }

    private void closeAll() {
        links.values().forEach(this::close);
        try {
            selector.close();
        } catch (IOException e) {
            problems.accept("A selector cannot be closed: " + e.getMessage());
        }
    }

    private static long now() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /** Ends at once: there is nothing to say goodbye for. */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
