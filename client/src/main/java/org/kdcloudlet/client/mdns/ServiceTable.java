package org.kdcloudlet.client.mdns;

import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/**
 * The cloudlets heard of on one network interface, from whatever records arrive. Knows neither sockets nor clocks: times are
 * milliseconds of any clock that only goes forward. Keeps at most as much as its limits say. For one thread.
 */
final class ServiceTable {
    private static final int CACHE_FLUSH = 0x8000;
    private static final long GOODBYE_MILLIS = 1000;
    private static final long DOUBT_MILLIS = 10_000;

    private final Limits limits;
    private final Map<Name, Instance> instances = new LinkedHashMap<>();
    private final HostTable hosts;

    ServiceTable(Limits limits) {
        this.limits = limits;
        hosts = new HostTable(limits.addresses());
    }

    /**
     * Takes the records of one response in.
     *
     * @param oneShot whether it answers a one-shot query
     * @param origin which addresses to believe, and their scope
     */
    void take(List<Record> records, long now, Instant heard, boolean oneShot, Origin origin) {
        for (Record record : records) {
            if (record instanceof PTRRecord && record.getName().equals(InstanceNames.SERVICE_TYPE)) {
                takePointer((PTRRecord) record, now, heard, oneShot);
            }
        }
        for (Record record : records) {
            Instance instance = instances.get(record.getName());
            if (instance != null && record instanceof SRVRecord) {
                takeService(instance, (SRVRecord) record, now, heard, oneShot);
            } else if (instance != null && record instanceof TXTRecord) {
                takeText(instance, (TXTRecord) record, now, heard, oneShot);
            }
        }
        Set<Name> targets = targets();
        for (Record record : records) {
            if (targets.contains(record.getName())) {
                hosts.take(record, (record.getDClass() & CACHE_FLUSH) != 0, now, oneShot, origin);
            }
        }
    }

    private void takePointer(PTRRecord pointer, long now, Instant heard, boolean oneShot) {
        Instance known = instances.get(pointer.getTarget());
        if (known != null) {
            renew(known.pointer, pointer, now, oneShot);
            known.lastHeard = heard;
            return;
        }
        Optional<String> label = InstanceNames.instance(pointer.getTarget());
        if (label.isPresent() && pointer.getTTL() > 0 && makeRoom()) {
            Lifetime lifetime = new Lifetime(now, pointer.getTTL());
            instances.put(pointer.getTarget(), new Instance(pointer.getTarget(), label.get(), lifetime, now, heard));
        }
    }

    /** A full table lets go of what nobody stands behind, and of nothing else. */
    private boolean makeRoom() {
        if (instances.size() < limits.instances()) {
            return true;
        }
        Iterator<Instance> all = instances.values().iterator();
        while (all.hasNext()) {
            if (!all.next().isLocated()) {
                all.remove();
                return true;
            }
        }
        return false;
    }

    private static void takeService(Instance instance, SRVRecord record, long now, Instant heard, boolean oneShot) {
        if (record.getTTL() > 0 && (record.getPort() == 0 || !InstanceNames.isHost(record.getTarget()))) {
            return;
        }
        instance.lastHeard = heard;
        if (instance.service == null) {
            if (record.getTTL() == 0) {
                return;
            }
            instance.service = new Lifetime(now, record.getTTL());
        } else {
            renew(instance.service, record, now, oneShot);
        }
        if (record.getTTL() > 0) {
            instance.target = record.getTarget();
            instance.port = record.getPort();
        }
    }

    private static void takeText(Instance instance, TXTRecord record, long now, Instant heard, boolean oneShot) {
        Optional<Boolean> encryption = InstanceNames.encryption(record);
        if (!encryption.isPresent()) {
            return;
        }
        instance.lastHeard = heard;
        if (instance.text == null) {
            if (record.getTTL() == 0) {
                return;
            }
            instance.text = new Lifetime(now, record.getTTL());
        } else {
            renew(instance.text, record, now, oneShot);
        }
        instance.encryption = encryption.get();
    }

    /** Zero seconds to live is a goodbye, which counts a second later (RFC 6762, 10.1). */
    static void renew(Lifetime lifetime, Record record, long now, boolean oneShot) {
        if (record.getTTL() == 0) {
            lifetime.shorten(now, GOODBYE_MILLIS);
        } else {
            lifetime.renew(now, record.getTTL(), oneShot);
        }
    }

    /** Forgets what is no longer valid. */
    void expire(long now) {
        for (Iterator<Instance> all = instances.values().iterator(); all.hasNext(); ) {
            Instance instance = all.next();
            if (instance.pointer.isOver(now)) {
                all.remove();
                continue;
            }
            if (instance.service != null && instance.service.isOver(now)) {
                instance.service = null;
                instance.target = Name.root;
                instance.forgotSomething(now);
            }
            if (instance.text != null && instance.text.isOver(now)) {
                instance.text = null;
                instance.forgotSomething(now);
            }
        }
        hosts.expire(now, targets());
    }

    /** What to ask for now: what is missing, and what is about to end. The asking counts as done. */
    List<Record> questions(long now) {
        Set<Record> questions = new LinkedHashSet<>();
        for (Instance instance : instances.values()) {
            if (instance.pointer.isRefreshDue(now)) {
                instance.pointer.refreshed();
                questions.add(question(InstanceNames.SERVICE_TYPE, Type.PTR));
            }
            if (!isComplete(instance) && now >= instance.nextResolve()) {
                instance.resolved(now);
                askFor(instance, questions);
            } else {
                refresh(instance.service, now, question(instance.name, Type.SRV), questions);
                refresh(instance.text, now, question(instance.name, Type.TXT), questions);
            }
        }
        hosts.refreshes(now, questions);
        return new ArrayList<>(questions);
    }

    private void askFor(Instance instance, Set<Record> questions) {
        if (instance.service == null) {
            questions.add(question(instance.name, Type.SRV));
        } else if (hosts.addresses(instance.target).isEmpty()) {
            questions.add(question(instance.target, Type.A));
            questions.add(question(instance.target, Type.AAAA));
        }
        if (instance.text == null) {
            questions.add(question(instance.name, Type.TXT));
        }
    }

    private static void refresh(Lifetime lifetime, long now, Record question, Set<Record> questions) {
        if (lifetime != null && lifetime.isRefreshDue(now)) {
            lifetime.refreshed();
            questions.add(question);
        }
    }

    static Record question(Name name, int type) {
        return Record.newRecord(name, type, DClass.IN);
    }

    /** When {@link #expire} or {@link #questions} has something to do next. */
    long next() {
        long next = hosts.next();
        for (Instance instance : instances.values()) {
            next = Math.min(next, instance.pointer.next());
            if (instance.service != null) {
                next = Math.min(next, instance.service.next());
            }
            if (instance.text != null) {
                next = Math.min(next, instance.text.next());
            }
            if (!isComplete(instance)) {
                next = Math.min(next, instance.nextResolve());
            }
        }
        return next;
    }

    /** The pointers that others need not tell us again (RFC 6762, 7.1). */
    List<Record> knownAnswers(long now) {
        List<Record> known = new ArrayList<>();
        for (Instance instance : instances.values()) {
            if (isComplete(instance) && instance.pointer.isInFirstHalf(now)) {
                known.add(new PTRRecord(
                        InstanceNames.SERVICE_TYPE, DClass.IN, instance.pointer.secondsLeft(now), instance.name));
            }
        }
        return known;
    }

    /** Somebody could not reach it: it ends soon, unless it answers. */
    void doubt(String instanceName, long now) {
        for (Instance instance : instances.values()) {
            if (instance.label.equals(instanceName)) {
                instance.pointer.doubt(now, DOUBT_MILLIS);
                if (instance.service != null) {
                    instance.service.doubt(now, DOUBT_MILLIS);
                }
            }
        }
    }

    /** The cloudlets of which enough is known to reach them. */
    List<Sighting> sightings() {
        List<Sighting> sightings = new ArrayList<>();
        for (Instance instance : instances.values()) {
            List<InetAddress> addresses =
                    instance.isLocated() ? hosts.addresses(instance.target) : Collections.emptyList();
            if (!addresses.isEmpty()) {
                sightings.add(new Sighting(
                        instance.label, instance.port, instance.encryption, addresses, instance.lastHeard));
            }
        }
        return sightings;
    }

    private boolean isComplete(Instance instance) {
        return instance.isLocated() && !hosts.addresses(instance.target).isEmpty();
    }

    private Set<Name> targets() {
        Set<Name> targets = new LinkedHashSet<>();
        for (Instance instance : instances.values()) {
            if (instance.service != null) {
                targets.add(instance.target);
            }
        }
        return targets;
    }
}
