package org.kdcloudlet.server.host.announcement;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.kdcloudlet.server.host.HostAddresses;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Announces this cloudlet (spec/discovery.md) on all suitable interfaces, follows them and their addresses as they come and
 * go, has avahi-daemon do it while that runs, and withdraws the announcement when closed. Nothing waits for it to start; what
 * fails is tried again.
 */
public final class Advertisement implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Advertisement.class);
    /** How long a change of the network, or avahi's coming and going, may go unnoticed. */
    private static final Duration RESCAN = Duration.ofSeconds(1);

    private static final Duration WITHDRAW_DEADLINE = Duration.ofSeconds(5);

    private final Setup setup;
    private final HostAddresses addresses;
    private final ScheduledExecutorService rescanning = executor("announcement", 1);
    /** For what must be sent at its moment, whatever the other thread waits for. */
    private final ScheduledExecutorService timing = executor("mdns-timer", 1);

    private final AvahiAnnouncer avahi;
    private final BuiltInAnnouncer builtIn;
    private volatile Optional<DiscoveryMethod> inUse = Optional.empty();
    private boolean warned;
    private Set<State> told = Set.of();

    private Advertisement(Setup setup, HostAddresses addresses) {
        this.setup = setup;
        this.addresses = addresses;
        avahi = new AvahiAnnouncer(setup.name(), setup.port());
        builtIn = new BuiltInAnnouncer(setup.name(), setup.port(), timing);
        rescanning.scheduleWithFixedDelay(this::rescan, 0, RESCAN.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * What to announce, and by whom.
     *
     * @param name the cloudlet's name
     * @param port of the device API
     */
    public record Setup(DiscoveryMethod method, String name, int port) {}

    /**
     * Where we are announced.
     *
     * @param name what devices on that network see; differs from the cloudlet's name after a clash
     */
    public record State(HostAddresses.Place place, String name) {}

    /** Starts announcing in the background. */
    public static Advertisement start(Setup setup, HostAddresses addresses) {
        return new Advertisement(setup, addresses);
    }

    /** Where and as what this cloudlet is announced at the moment. */
    public List<State> states() {
        return switch (method()) {
            case AVAHI -> avahi.states();
            case BUILT_IN -> builtIn.states();
            case AUTO, OFF -> List.of();
        };
    }

    /** Who announces it at the moment: avahi, this server, or nobody. */
    public DiscoveryMethod method() {
        return inUse.orElse(DiscoveryMethod.OFF);
    }

    private void rescan() {
        try {
            choose();
            List<HostAddresses.Link> links = addresses.links();
            switch (method()) {
                case AVAHI -> avahi.announce(links);
                case BUILT_IN -> builtIn.announce(links);
                case AUTO, OFF -> log.debug("Nobody is there to announce {}", setup.name());
            }
            tell();
        } catch (RuntimeException e) {
            log.error("The announcement could not be brought up to date; it is tried again", e);
        }
    }

    /** Never both at once: whoever announced it before withdraws it first. */
    private void choose() {
        boolean toAvahi = setup.method() != DiscoveryMethod.BUILT_IN && avahi.isRunning();
        if (toAvahi) {
            builtIn.close();
            inUse = Optional.of(DiscoveryMethod.AVAHI);
        } else if (setup.method() == DiscoveryMethod.AVAHI) {
            inUse = Optional.empty();
            warnOnce();
        } else {
            inUse = Optional.of(DiscoveryMethod.BUILT_IN);
        }
        warned = warned && inUse.isEmpty();
    }

    private void warnOnce() {
        if (!warned) {
            log.warn("{} is not announced: avahi-daemon does not run. Start it, or set discovery.method", setup.name());
        }
        warned = true;
    }

    private void tell() {
        Set<State> now = Set.copyOf(states());
        now.stream().filter(state -> !told.contains(state)).forEach(this::tell);
        told = now;
    }

    private void tell(State state) {
        String where =
                state.place().networkInterface() + " " + state.place().address().getHostAddress();
        String by = method() == DiscoveryMethod.AVAHI ? " by avahi-daemon" : "";
        if (state.name().equals(setup.name())) {
            log.info("Announced as '{}' on {}, port {}{}", setup.name(), where, setup.port(), by);
        } else {
            log.warn(
                    "Announced as '{}' on {}{}: another cloudlet there is called '{}' already. Devices mix them up: rename one",
                    state.name(),
                    where,
                    by,
                    setup.name());
        }
    }

    /** Withdraws the announcement everywhere; returns when that was said, or after 5 s. */
    @Override
    public void close() {
        try {
            rescanning.submit(() -> {
                avahi.close();
                builtIn.close();
                inUse = Optional.empty();
            });
            rescanning.shutdown();
            if (!rescanning.awaitTermination(WITHDRAW_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("The announcement was not withdrawn within {} s", WITHDRAW_DEADLINE.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            timing.shutdownNow();
        }
    }

    private static ScheduledExecutorService executor(String name, int threads) {
        AtomicInteger count = new AtomicInteger();
        return Executors.newScheduledThreadPool(threads, task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }
}
