package org.kdcloudlet.server.preparation;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.kdcloudlet.server.catalog.ServiceUsage;
import org.kdcloudlet.server.storage.Database;

/** All preparations, at most one for each service, in memory and on record. */
public final class PreparationRegistry {
    private final PreparationRepository repository;
    private final Map<String, LivePreparation> byService = new ConcurrentHashMap<>();

    public PreparationRegistry(Database database) {
        this.repository = new PreparationRepository(database);
        repository.all().stream()
                .filter(PreparationRepository.Row::begun)
                .forEach(row -> byService.put(row.service(), LivePreparation.of(row)));
    }

    /** Uses of services, by their preparations too: a service whose image is being prepared is not removed but by force. */
    public ServiceUsage usage(ServiceUsage others) {
        return (service, version, action) -> {
            boolean prepared = version.isEmpty() && byService.containsKey(service);
            return !prepared && others.ifUnused(service, version, action);
        };
    }

    PreparationRepository repository() {
        return repository;
    }

    /** Adds one unless its service has one. */
    boolean add(LivePreparation preparation) {
        return byService.putIfAbsent(preparation.service(), preparation) == null;
    }

    void remove(LivePreparation preparation) {
        byService.remove(preparation.service(), preparation);
    }

    Optional<LivePreparation> find(String service) {
        return Optional.ofNullable(byService.get(service));
    }

    Optional<LivePreparation> byId(UUID id) {
        return byService.values().stream()
                .filter(known -> known.id().equals(id))
                .findFirst();
    }

    List<LivePreparation> all() {
        return byService.values().stream()
                .sorted(Comparator.comparing(known -> known.shown().created()))
                .toList();
    }
}
