package org.kdcloudlet.server.host;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceEvent;
import javax.jmdns.ServiceInfo;
import javax.jmdns.ServiceListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks for cloudlets in reach by mDNS, on all suitable interfaces at once. */
public final class Discovery {
    private static final Logger log = LoggerFactory.getLogger(Discovery.class);
    private static final String SERVICE_TYPE = "_cloudlet._tcp.local.";
    private static final Comparator<InetAddress> IPV4_FIRST =
            Comparator.comparing(address -> address instanceof Inet4Address ? 0 : 1);

    private final HostAddresses addresses;

    public Discovery(HostAddresses addresses) {
        this.addresses = addresses;
    }

    /**
     * A cloudlet in reach.
     *
     * @param name the last word of the instance name, by which devices know it
     * @param instance the whole instance name
     * @param addresses its addresses, IPv4 first
     * @param port of its device API
     * @param encryption whether its device API wants encrypted commands
     */
    public record Found(String name, String instance, List<InetAddress> addresses, int port, boolean encryption) {
        public Found {
            addresses = List.copyOf(addresses);
        }

        /** What is known of a cloudlet that was heard of again, perhaps on another network. */
        private Found with(Found later) {
            List<InetAddress> all = Stream.concat(addresses.stream(), later.addresses.stream())
                    .distinct()
                    .sorted(IPV4_FIRST)
                    .toList();
            return new Found(name, instance, all, later.port, later.encryption);
        }
    }

    /**
     * Looks for cloudlets for a given time.
     *
     * @return the cloudlets found, by name
     */
    public List<Found> look(Duration time) throws InterruptedException {
        Map<String, Found> found = new ConcurrentHashMap<>();
        List<JmDNS> browsers = new ArrayList<>();
        ServiceListener collector = new Collector(found);
        try {
            for (HostAddresses.Place place : addresses.places()) {
                browse(place, collector).ifPresent(browsers::add);
            }
            // Nothing tells when everybody has answered: the time is all there is to wait for.
            new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            closeInBackground(browsers);
        }
        return found.values().stream()
                .sorted(Comparator.comparing(Found::name).thenComparing(Found::instance))
                .toList();
    }

    private static Optional<JmDNS> browse(HostAddresses.Place place, ServiceListener collector) {
        try {
            JmDNS browser = JmDNS.create(place.address());
            browser.addServiceListener(SERVICE_TYPE, collector);
            return Optional.of(browser);
        } catch (IOException e) {
            log.warn("Cannot look for cloudlets on {}: {}", place.networkInterface(), e.toString());
            return Optional.empty();
        }
    }

    /** Closing a browser takes seconds, for which nobody should wait. */
    private static void closeInBackground(List<JmDNS> browsers) {
        Thread closing = new Thread(
                () -> browsers.forEach(browser -> {
                    try {
                        browser.close();
                    } catch (IOException e) {
                        log.warn("Cannot close a browser: {}", e.toString());
                    }
                }),
                "discovery-close");
        closing.setDaemon(true);
        closing.start();
    }

    /** Keeps the last that was heard of each cloudlet. */
    private record Collector(Map<String, Found> found) implements ServiceListener {
        @Override
        public void serviceAdded(ServiceEvent event) {
            event.getDNS().requestServiceInfo(event.getType(), event.getName());
        }

        @Override
        public void serviceRemoved(ServiceEvent event) {
            found.remove(event.getName());
        }

        @Override
        public void serviceResolved(ServiceEvent event) {
            if (event.getInfo().getInetAddresses().length > 0) {
                found.merge(event.getName(), read(event.getInfo()), Found::with);
            }
        }
    }

    private static Found read(ServiceInfo info) {
        List<InetAddress> sorted =
                Arrays.stream(info.getInetAddresses()).sorted(IPV4_FIRST).toList();
        String instance = info.getName();
        return new Found(
                instance.substring(instance.lastIndexOf(' ') + 1),
                instance,
                sorted,
                info.getPort(),
                "enabled".equals(info.getPropertyString("encryption")));
    }
}
