package org.kdcloudlet.server.catalog;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.Events;
import org.kdcloudlet.server.storage.Database;

/** The catalogue, kept in memory and written through to the database. */
public final class CatalogService implements Catalog {
    private static final int ID_BYTES = 12;

    private final CatalogRepository repository;
    private final ServiceUsage usage;
    private final Events events;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final List<CatalogListener> listeners = new CopyOnWriteArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Service> byId = new ConcurrentHashMap<>();
    private final Map<String, Service> byServiceId = new ConcurrentHashMap<>();
    private final AtomicLong revision = new AtomicLong();
    private volatile List<Service> sorted = List.of();

    public CatalogService(Database database, ServiceUsage usage, Events events, Clock clock) {
        this.repository = new CatalogRepository(database);
        this.usage = usage;
        this.events = events;
        this.clock = clock;
        repository.services().forEach(this::remember);
    }

    /** From now on tells a listener of changes. */
    public void listen(CatalogListener listener) {
        listeners.add(listener);
    }

    @Override
    public List<Service> list() {
        return sorted;
    }

    @Override
    public long revision() {
        return revision.get();
    }

    @Override
    public Optional<Service> find(String serviceId) {
        return Optional.ofNullable(byServiceId.get(serviceId));
    }

    @Override
    public Service get(String serviceId) {
        return find(serviceId).orElseThrow(() -> unknown(serviceId));
    }

    private static CloudletException unknown(String serviceId) {
        String shown = serviceId.length() <= 128 && serviceId.chars().noneMatch(Character::isISOControl)
                ? serviceId
                : "of this id";
        return new CloudletException(ErrorCode.SERVICE_UNKNOWN, "There is no service " + shown);
    }

    @Override
    public Optional<Service> byId(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    @Override
    public Service add(ServiceDefinition definition) {
        return add(definition, service -> {
            repository.add(service);
            return service;
        });
    }

    /**
     * Adds a service.
     *
     * @param record puts it on record, and returns it as it is then
     */
    Service add(ServiceDefinition definition, UnaryOperator<Service> record) {
        Instant now = clock.instant();
        Service service = new Service(newId(now), definition, Optional.empty(), now, now);
        Service added;
        lock.lock();
        try {
            requireFree(definition.serviceId(), service.id());
            added = record.apply(service);
            remember(added);
        } finally {
            lock.unlock();
        }
        tell("service.added", added, "was added");
        return added;
    }

    /** Time first, as in the ids of the reference system: they sort by age. */
    private String newId(Instant now) {
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        long seconds = now.getEpochSecond();
        for (int i = 0; i < Integer.BYTES; i++) {
            id[i] = (byte) (seconds >> (Byte.SIZE * (Integer.BYTES - 1 - i)));
        }
        return HexFormat.of().formatHex(id);
    }

    private void requireFree(String serviceId, String id) {
        Service holder = byServiceId.get(serviceId);
        if (holder != null && !holder.id().equals(id)) {
            throw new CloudletException(ErrorCode.SERVICE_EXISTS, "There is a service " + serviceId + " already");
        }
    }

    @Override
    public Service edit(String serviceId, ServiceDefinition definition) {
        Service edited;
        lock.lock();
        try {
            Service before = get(serviceId);
            requireFree(definition.serviceId(), before.id());
            edited = before.with(definition, clock.instant());
            repository.update(edited);
            byServiceId.remove(serviceId);
            remember(edited);
        } finally {
            lock.unlock();
        }
        tell("service.edited", edited, "was edited");
        changed(edited.id());
        return edited;
    }

    @Override
    public void delete(String serviceId, boolean force) {
        Service service = get(serviceId);
        if (force) {
            remove(service);
        } else if (!usage.ifUnused(service.id(), Optional.empty(), () -> remove(service))) {
            throw new CloudletException(
                    ErrorCode.SERVICE_IN_USE,
                    "Instances of " + serviceId + " still run, or its image is being prepared; end them, or use force");
        }
        listeners.forEach(listener -> listener.removed(service.id()));
        tell("service.removed", service, "was removed");
    }

    private void remove(Service service) {
        lock.lock();
        try {
            Service now = byId(service.id()).orElseThrow(() -> unknown(service.serviceId()));
            repository.remove(now);
            byId.remove(now.id());
            byServiceId.remove(now.serviceId());
            publishList();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Changes a service together with its image versions: the change is given the service as it is, puts what it returns on
     * record itself, and others see that afterwards.
     *
     * @throws CloudletException SERVICE_UNKNOWN when it is gone
     */
    Service update(String id, UnaryOperator<Service> change) {
        lock.lock();
        try {
            Service before = byId(id).orElseThrow(() -> unknown(id));
            Service after = change.apply(before);
            remember(after);
            return after;
        } finally {
            lock.unlock();
        }
    }

    CatalogRepository repository() {
        return repository;
    }

    /** Tells the listeners that starts of a service go from another source now. */
    void changed(String id) {
        listeners.forEach(listener -> listener.changed(id));
    }

    private void remember(Service service) {
        byId.put(service.id(), service);
        byServiceId.put(service.serviceId(), service);
        publishList();
    }

    private void publishList() {
        sorted = byId.values().stream()
                .sorted(Comparator.comparing(Service::serviceId))
                .toList();
        revision.incrementAndGet();
    }

    private void tell(String type, Service service, String what) {
        events.publish(type, Map.of("service", service.serviceId()), "Service " + service.serviceId() + " " + what);
    }
}
