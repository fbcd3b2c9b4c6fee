package org.kdcloudlet.server.host.announcement;

import java.io.IOException;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import org.kdcloudlet.server.host.HostAddresses;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers multicast DNS itself, with one responder for each interface. */
final class BuiltInAnnouncer implements Announcer {
    private static final Logger log = LoggerFactory.getLogger(BuiltInAnnouncer.class);

    private final String name;
    private final int port;
    private final ScheduledExecutorService scheduler;
    private final Map<HostAddresses.Link, LinkResponder> responders = new ConcurrentHashMap<>();
    private final Set<String> failing = new HashSet<>();
    private volatile Set<InetAddress> ownAddresses = Set.of();

    BuiltInAnnouncer(String name, int port, ScheduledExecutorService scheduler) {
        this.name = name;
        this.port = port;
        this.scheduler = scheduler;
    }

    @Override
    public void announce(List<HostAddresses.Link> links) {
        ownAddresses = HostAddresses.all();
        for (HostAddresses.Link link : List.copyOf(responders.keySet())) {
            if (!links.contains(link)) {
                responders.remove(link).close();
            }
        }
        links.stream().filter(link -> !responders.containsKey(link)).forEach(this::start);
    }

    private void start(HostAddresses.Link link) {
        try {
            LinkResponder.Subject subject = new LinkResponder.Subject(link, name, port, () -> ownAddresses);
            responders.put(link, LinkResponder.start(subject, scheduler));
            failing.remove(link.name());
        } catch (IOException e) {
            if (failing.add(link.name())) {
                log.warn("Cannot announce {} on {}; going on trying: {}", name, link.name(), e.toString());
            }
        }
    }

    @Override
    public List<Advertisement.State> states() {
        return responders.entrySet().stream()
                .flatMap(entry -> entry.getValue().announcedAs().stream()
                        .map(announced -> new Advertisement.State(entry.getKey().place(), announced)))
                .toList();
    }

    @Override
    public void close() {
        responders.values().forEach(LinkResponder::close);
        responders.clear();
    }
}
