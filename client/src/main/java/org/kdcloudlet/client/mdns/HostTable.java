package org.kdcloudlet.client.mdns;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** The addresses of the hosts on which cloudlets are, a bounded number of each. For one thread. */
final class HostTable {
    /** What was heard that long before a new set of addresses does not belong to it (RFC 6762, 10.2). */
    private static final long FLUSH_MILLIS = 1000;

    private final int limit;
    private final Map<Name, Map<InetAddress, Address>> hosts = new LinkedHashMap<>();

    HostTable(int limit) {
        this.limit = limit;
    }

    private static final class Address {
        private final Lifetime lifetime;
        private long heard;

        private Address(Lifetime lifetime, long heard) {
            this.lifetime = lifetime;
            this.heard = heard;
        }
    }

    void take(Record record, boolean flush, long now, boolean oneShot, Origin origin) {
        Optional<InetAddress> told = address(record, origin);
        if (!told.isPresent()) {
            return;
        }
        Map<InetAddress, Address> addresses = hosts.computeIfAbsent(record.getName(), name -> new LinkedHashMap<>());
        if (flush && record.getTTL() > 0) {
            flushOlder(addresses, told.get().getClass(), now);
        }
        Address known = addresses.get(told.get());
        if (known != null) {
            known.heard = now;
            ServiceTable.renew(known.lifetime, record, now, oneShot);
        } else if (record.getTTL() > 0 && addresses.size() < limit) {
            addresses.put(told.get(), new Address(new Lifetime(now, record.getTTL()), now));
        }
    }

    private static void flushOlder(Map<InetAddress, Address> addresses, Class<?> kind, long now) {
        addresses.forEach((address, entry) -> {
            if (address.getClass() == kind && now - entry.heard > FLUSH_MILLIS) {
                entry.lifetime.shorten(now, FLUSH_MILLIS);
            }
        });
    }

    private static Optional<InetAddress> address(Record record, Origin origin) {
        if (record instanceof ARecord) {
            return origin.believed(((ARecord) record).getAddress());
        }
        if (record instanceof AAAARecord) {
            return origin.believed(((AAAARecord) record).getAddress());
        }
        return Optional.empty();
    }

    List<InetAddress> addresses(Name host) {
        Map<InetAddress, Address> addresses = hosts.get(host);
        return addresses == null ? Collections.emptyList() : new ArrayList<>(addresses.keySet());
    }

    void expire(long now, Set<Name> wanted) {
        hosts.keySet().retainAll(wanted);
        for (Map<InetAddress, Address> addresses : hosts.values()) {
            addresses.values().removeIf(address -> address.lifetime.isOver(now));
        }
        hosts.values().removeIf(Map::isEmpty);
    }

    void refreshes(long now, Set<Record> questions) {
        hosts.forEach((host, addresses) -> addresses.values().forEach(address -> {
            if (address.lifetime.isRefreshDue(now)) {
                address.lifetime.refreshed();
                questions.add(ServiceTable.question(host, Type.A));
                questions.add(ServiceTable.question(host, Type.AAAA));
            }
        }));
    }

    long next() {
        long next = Long.MAX_VALUE;
        for (Map<InetAddress, Address> addresses : hosts.values()) {
            for (Address address : addresses.values()) {
                next = Math.min(next, address.lifetime.next());
            }
        }
        return next;
    }
}
