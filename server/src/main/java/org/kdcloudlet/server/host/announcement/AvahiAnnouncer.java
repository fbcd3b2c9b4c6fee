package org.kdcloudlet.server.host.announcement;

import java.net.Inet4Address;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.exceptions.DBusExecutionException;
import org.freedesktop.dbus.types.UInt16;
import org.freedesktop.dbus.types.UInt32;
import org.kdcloudlet.server.host.HostAddresses;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has avahi-daemon announce the cloudlet, over D-Bus. What avahi forgets when it restarts is told it again; avahi forgets by
 * itself when this process dies.
 */
final class AvahiAnnouncer implements Announcer {
    private static final Logger log = LoggerFactory.getLogger(AvahiAnnouncer.class);
    private static final String TYPE = "_cloudlet._tcp";
    /** What avahi calls it; dbus-java does not hand on the error's name. */
    private static final String COLLISION = "Local name collision";

    private final String name;
    private final int port;
    private final AvahiBus bus = new AvahiBus();
    private Optional<Announced> announced = Optional.empty();
    private String instanceName;
    private boolean failing;
    private volatile List<Advertisement.State> states = List.of();

    AvahiAnnouncer(String name, int port) {
        this.name = name;
        this.port = port;
        instanceName = name;
    }

    /**
     * What avahi was told.
     *
     * @param key all that it depends on
     */
    private record Announced(AvahiEntryGroup group, Key key, List<HostAddresses.Link> links) {}

    private record Key(String daemon, String hostName, List<Way> ways) {}

    /**
     * @param networkInterface its index
     * @param family of the addresses that are reached there
     */
    private record Way(int networkInterface, int family) {}

    /** Whether avahi-daemon is there to announce anything. */
    boolean isRunning() {
        return bus.daemon().isPresent();
    }

    @Override
    public void announce(List<HostAddresses.Link> links) {
        try {
            Optional<String> daemon = bus.daemon();
            if (daemon.isEmpty()) {
                forget();
                return;
            }
            AvahiServer server = bus.server();
            if (server.GetState() != AvahiServer.RUNNING) {
                // It is looking for a host name of its own, and is asked again soon.
                states = List.of();
                return;
            }
            List<Way> ways = links.stream().flatMap(AvahiAnnouncer::ways).toList();
            Key key = new Key(daemon.get(), server.GetHostNameFqdn(), ways);
            if (announced.filter(one -> one.key().equals(key)).isEmpty()) {
                announced.ifPresent(one -> free(one, key));
                forget();
                instanceName = name;
                announced = Optional.of(tell(server, key, links));
            }
            look(links, server, key);
            failing = false;
        } catch (DBusException | DBusExecutionException e) {
            if (!failing) {
                log.warn("avahi-daemon does not announce {}; going on trying: {}", name, e.toString());
            }
            failing = true;
            forget();
        }
    }

    private static Stream<Way> ways(HostAddresses.Link link) {
        return link.addresses().stream()
                .map(address -> address instanceof Inet4Address ? AvahiEntryGroup.IPV4 : AvahiEntryGroup.IPV6)
                .distinct()
                .map(family -> new Way(link.index(), family));
    }

    /** Sees what became of it: a name that is taken is told only after avahi has asked the network. */
    private void look(List<HostAddresses.Link> links, AvahiServer server, Key key) throws DBusException {
        Announced now = announced.orElseThrow();
        switch (now.group().GetState()) {
            case AvahiEntryGroup.ESTABLISHED ->
                states = links.stream()
                        .map(link -> new Advertisement.State(link.place(), instanceName))
                        .toList();
            case AvahiEntryGroup.COLLISION -> {
                now.group().Free();
                forget();
                renameOrFail();
                announced = Optional.of(tell(server, key, links));
            }
            case AvahiEntryGroup.FAILURE -> throw new DBusExecutionException("avahi says that it failed");
            default -> states = List.of();
        }
    }

    private Announced tell(AvahiServer server, Key key, List<HostAddresses.Link> links) throws DBusException {
        while (true) {
            AvahiEntryGroup group = bus.group(server.EntryGroupNew());
            try {
                for (Way way : key.ways()) {
                    group.AddService(
                            way.networkInterface(),
                            way.family(),
                            new UInt32(0),
                            instanceName,
                            TYPE,
                            "",
                            "",
                            new UInt16(port),
                            List.of(bytes("encryption=disabled")));
                }
                group.Commit();
                return new Announced(group, key, links);
            } catch (DBusExecutionException e) {
                group.Free();
                // Somebody on this host has the name; avahi needs to ask nobody.
                if (!String.valueOf(e.getMessage()).contains(COLLISION)) {
                    throw e;
                }
                renameOrFail();
            }
        }
    }

    private void renameOrFail() {
        instanceName = CloudletNames.next(instanceName)
                .orElseThrow(() -> new DBusExecutionException(
                        "another cloudlet is called '" + name + "', and the name is too long to be numbered"));
    }

    private static List<Byte> bytes(String text) {
        List<Byte> bytes = new ArrayList<>();
        for (byte one : text.getBytes(StandardCharsets.US_ASCII)) {
            bytes.add(one);
        }
        return bytes;
    }

    /** Takes back what the same daemon was told before. */
    private static void free(Announced one, Key now) {
        if (one.key().daemon().equals(now.daemon())) {
            one.group().Free();
        }
    }

    private void forget() {
        announced = Optional.empty();
        states = List.of();
    }

    @Override
    public List<Advertisement.State> states() {
        return states;
    }

    @Override
    public void close() {
        forget();
        bus.close();
    }
}
