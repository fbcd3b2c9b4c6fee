package org.kdcloudlet.server.host;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceInfo;
import javax.jmdns.impl.ServiceInfoImpl;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Announces this cloudlet by mDNS (spec/discovery.md) on all suitable interfaces, follows them as they come and go, and
 * withdraws the announcement when closed. Starting it does not wait for the network; an interface that fails is tried again.
 */
public final class Advertisement implements AutoCloseable {
    /** The DNS-SD type of cloudlets. */
    public static final String SERVICE_TYPE = "_cloudlet._tcp.local.";

    private static final Logger log = LoggerFactory.getLogger(Advertisement.class);
    private static final Duration RESCAN = Duration.ofSeconds(3);
    /** How long somebody who has our name may take to say so. */
    private static final Duration NAME_ANSWER = Duration.ofMillis(750);

    private static final Duration WITHDRAW_DEADLINE = Duration.ofSeconds(5);

    private final String name;
    private final int port;
    private final HostAddresses addresses;
    private final ScheduledFuture<?> rescanning;
    private final Map<HostAddresses.Place, Announced> announced = new ConcurrentHashMap<>();
    private Set<State> told = Set.of();
    private boolean closed;

    private Advertisement(String name, int port, HostAddresses addresses, ScheduledExecutorService scheduler) {
        this.name = name;
        this.port = port;
        this.addresses = addresses;
        rescanning = scheduler.scheduleWithFixedDelay(this::rescan, 0, RESCAN.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Starts announcing in the background.
     *
     * @param name the cloudlet's name
     * @param port the port of the device API
     */
    public static Advertisement start(
            String name, int port, HostAddresses addresses, ScheduledExecutorService scheduler) {
        return new Advertisement(name, port, addresses, scheduler);
    }

    /**
     * Where we are announced.
     *
     * @param name what devices on that network see; differs from the cloudlet's name after a clash
     */
    public record State(HostAddresses.Place place, String name) {}

    private record Announced(JmDNS responder, ServiceInfo service) {
        /** Whether the name was probed for and the service told of. */
        boolean isAnnounced() {
            return service instanceof ServiceInfoImpl state && state.isAnnounced();
        }
    }

    /** Where and as what this cloudlet is announced at the moment. */
    public List<State> states() {
        return announced.entrySet().stream()
                .filter(entry -> entry.getValue().isAnnounced())
                .map(entry ->
                        new State(entry.getKey(), entry.getValue().service().getName()))
                .toList();
    }

    private synchronized void rescan() {
        if (closed) {
            return;
        }
        List<HostAddresses.Place> places = addresses.places();
        List<HostAddresses.Place> gone = new ArrayList<>(announced.keySet());
        gone.removeAll(places);
        gone.forEach(place -> withdraw(place, announced.remove(place)));
        places.stream().filter(place -> !announced.containsKey(place)).forEach(this::announce);
        Set<State> now = Set.copyOf(states());
        now.stream().filter(state -> !told.contains(state)).forEach(this::tell);
        told = now;
    }

    private void announce(HostAddresses.Place place) {
        CloudletNames.install();
        JmDNS responder = null;
        try {
            responder = JmDNS.create(place.address(), name);
            ServiceInfo service = ServiceInfo.create(SERVICE_TYPE, name, port, 0, 0, Map.of("encryption", "disabled"));
            responder.registerService(service);
            announced.put(place, new Announced(responder, service));
        } catch (IOException | IllegalStateException e) {
            log.warn("Cannot announce {} on {}: {}", name, place.networkInterface(), e.toString());
            if (responder != null) {
                close(place, responder);
            }
        }
    }

    /**
     * The name that nobody else has on that network. JmDNS probes for it once more when it registers, but does not hear every
     * answer when several responders share a host.
     */
    private String freeName(JmDNS responder) {
        String candidate = name;
        while (responder.getServiceInfo(SERVICE_TYPE, candidate, NAME_ANSWER.toMillis()) != null) {
            candidate = CloudletNames.next(candidate);
        }
        return candidate;
    }

    private void tell(State state) {
        String where =
                state.place().networkInterface() + " " + state.place().address().getHostAddress();
        if (state.name().equals(name)) {
            log.info("Announced as '{}' on {}, port {}", name, where, port);
        } else {
            log.warn(
                    "Announced as '{}' on {}: another cloudlet there is called '{}' already. Devices mix them up: rename one",
                    state.name(),
                    where,
                    name);
        }
    }

    private static void withdraw(HostAddresses.Place place, Announced announced) {
        close(place, announced.responder());
    }

    private static void close(HostAddresses.Place place, JmDNS responder) {
        try {
            responder.close();
        } catch (IOException e) {
            log.warn("Cannot withdraw the announcement on {}: {}", place.networkInterface(), e.toString());
        }
    }

    /** Withdraws the announcement everywhere; returns when that was said, or after 5 s. */
    @Override
    public void close() {
        rescanning.cancel(false);
        List<Future<?>> withdrawals = new ArrayList<>();
        ExecutorService executor = Executors.newCachedThreadPool();
        synchronized (this) {
            closed = true;
            announced.forEach((place, one) -> withdrawals.add(executor.submit(() -> withdraw(place, one))));
            announced.clear();
        }
        executor.shutdown();
        try {
            for (Future<?> withdrawal : withdrawals) {
                withdrawal.get(WITHDRAW_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (ExecutionException | TimeoutException e) {
            log.warn("The announcement was not withdrawn everywhere: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
