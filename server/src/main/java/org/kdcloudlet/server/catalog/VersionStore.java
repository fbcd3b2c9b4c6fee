package org.kdcloudlet.server.catalog;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Image versions, kept in memory and written through to the database. */
final class VersionStore {
    private final CatalogService catalog;
    private final CatalogRepository repository;
    private final Clock clock;
    private final Map<String, NavigableMap<Integer, ImageVersion>> versions = new ConcurrentHashMap<>();

    VersionStore(CatalogService catalog, Clock clock) {
        this.catalog = catalog;
        this.repository = catalog.repository();
        this.clock = clock;
        repository.versions().forEach(this::remember);
    }

    private void remember(ImageVersion version) {
        versions.computeIfAbsent(version.service(), unused -> new ConcurrentSkipListMap<>())
                .put(version.number(), version);
    }

    /** Versions of a service, newest first. */
    List<ImageVersion> of(String service) {
        List<ImageVersion> found = new ArrayList<>(
                versions.getOrDefault(service, new ConcurrentSkipListMap<>()).values());
        found.sort(Comparator.comparing(ImageVersion::number).reversed());
        return found;
    }

    List<ImageVersion> all() {
        return versions.values().stream()
                .flatMap(known -> known.values().stream())
                .toList();
    }

    Set<String> contents() {
        return all().stream().map(ImageVersion::sha256).collect(Collectors.toSet());
    }

    Optional<ImageVersion> find(String service, int number) {
        return Optional.ofNullable(
                versions.getOrDefault(service, new ConcurrentSkipListMap<>()).get(number));
    }

    ImageVersion get(Service service, int number) {
        return find(service.id(), number)
                .orElseThrow(() -> new CloudletException(
                        ErrorCode.IMAGE_VERSION_UNKNOWN,
                        "Service " + service.serviceId() + " has no image version " + number));
    }

    /**
     * Adds a version that is about to be prepared; the service is started from it at once when it had none.
     */
    ImageVersion add(String service, DiskImage image) {
        return add(service, image, TemplateState.PREPARING, true);
    }

    /** Adds a version that is about to be prepared, and that nothing is started from before. */
    ImageVersion addUnused(String service, DiskImage image) {
        return add(service, image, TemplateState.PREPARING, false);
    }

    /** Adds a version that is neither prepared nor used until somebody asks for it. */
    ImageVersion addStored(String service, DiskImage image) {
        return add(service, image, TemplateState.NONE, false);
    }

    private ImageVersion add(String service, DiskImage image, TemplateState state, boolean ifFirst) {
        int number = repository.nextVersion(service);
        ImageVersion version = version(service, number, image).withTemplate(state, Optional.empty(), Optional.empty());
        catalog.update(service, known -> {
            Service with = known.imageVersion().isPresent() || !ifFirst
                    ? known
                    : known.withImageVersion(number, clock.instant());
            repository.add(version, with);
            remember(version);
            return with;
        });
        return version;
    }

    /**
     * Adds a service together with the first version of its image: after a crash there are both or neither.
     *
     * @throws CloudletException SERVICE_EXISTS
     */
    ImageVersion addWithService(ServiceDefinition definition, DiskImage image) {
        Service added = catalog.add(definition, service -> {
            Service with = service.withImageVersion(1, clock.instant());
            ImageVersion version = version(service.id(), 1, image);
            repository.addWithFirst(with, version);
            remember(version);
            return with;
        });
        return get(added, 1);
    }

    private ImageVersion version(String service, int number, DiskImage image) {
        return new ImageVersion(
                service,
                number,
                image.sha256(),
                image.format(),
                image.fileBytes(),
                image.virtualBytes(),
                clock.instant(),
                TemplateState.NONE,
                Optional.empty(),
                Optional.empty(),
                false);
    }

    /** Starts a service from this version from now on. */
    Service use(ImageVersion version) {
        return catalog.update(version.service(), known -> {
            Service with = known.withImageVersion(version.number(), clock.instant());
            repository.update(with);
            return with;
        });
    }

    /** Changes what is known of a version, if it is still there. */
    synchronized Optional<ImageVersion> update(ImageVersion version, UnaryOperator<ImageVersion> change) {
        Optional<ImageVersion> before = find(version.service(), version.number());
        Optional<ImageVersion> after = before.map(change);
        if (!after.equals(before)) {
            repository.update(after.orElseThrow());
            remember(after.orElseThrow());
        }
        return after;
    }

    /** Removes a version. A service that was started from it has none then. */
    void remove(ImageVersion version) {
        catalog.update(version.service(), known -> {
            Service without = known.isStartedFrom(version.number())
                    ? new Service(known.id(), known.definition(), Optional.empty(), known.created(), clock.instant())
                    : known;
            remove(version, without);
            return without;
        });
    }

    /** Removes a version unless its service is started from it by now; then it is there still. */
    void removeUnlessCurrent(ImageVersion version) {
        catalog.update(version.service(), known -> {
            if (!known.isStartedFrom(version.number())) {
                remove(version, known);
            }
            return known;
        });
    }

    private void remove(ImageVersion version, Service without) {
        repository.remove(version, without);
        versions.get(version.service()).remove(version.number());
    }

    /** Forgets the versions of a service whose record is gone. */
    void forget(String service) {
        versions.remove(service);
    }
}
