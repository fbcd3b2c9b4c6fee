package org.kdcloudlet.server.catalog;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.kdcloudlet.server.host.HostResources;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes image versions that nothing needs: beyond the number that each service keeps, and more, oldest first, when the disk
 * gets full. A version that is current, being prepared, or that an instance runs from is never removed.
 */
final class ImageEviction {
    static final Duration LOOK = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(ImageEviction.class);

    private final CatalogService catalog;
    private final VersionStore versions;
    private final ServiceUsage usage;
    private final Supplier<CatalogSettings> settings;
    private final HostResources host;
    private final Predicate<ImageVersion> preparing;

    ImageEviction(
            CatalogService catalog,
            VersionStore versions,
            ServiceUsage usage,
            Supplier<CatalogSettings> settings,
            HostResources host,
            Predicate<ImageVersion> preparing) {
        this.catalog = catalog;
        this.versions = versions;
        this.usage = usage;
        this.settings = settings;
        this.host = host;
        this.preparing = preparing;
    }

    /** Removes what is beyond the number to be kept, and more when the disk gets full; tells whether it removed anything. */
    boolean evict() {
        boolean removed = false;
        for (Service service : catalog.list()) {
            List<ImageVersion> old = versions.of(service.id()).stream()
                    .filter(version -> !isCurrent(version))
                    .toList();
            for (ImageVersion version : old.subList(Math.min(settings.get().keepVersions(), old.size()), old.size())) {
                removed |= removeUnlessNeeded(version);
            }
        }
        return makeRoom() || removed;
    }

    /**
     * Removes old versions, oldest first, as long as less space is free than the reserve. Their records go first and the files
     * when those are swept, so what is counted as free is a promise. Tells
     * whether it removed anything.
     */
    boolean makeRoom() {
        boolean removed = false;
        long missing = settings.get().diskReserveBytes() - host.diskFree();
        List<ImageVersion> oldestFirst = versions.all().stream()
                .sorted(Comparator.comparing(ImageVersion::created))
                .toList();
        for (ImageVersion version : oldestFirst) {
            if (missing <= 0) {
                break;
            }
            if (removeUnlessNeeded(version)) {
                LOG.info("removed image version {} of {}: the disk is full", version.number(), version.service());
                missing -= version.fileBytes();
                removed = true;
            }
        }
        return removed;
    }

    /** Removes a version unless it is current, being prepared, or in use; tells whether it did. */
    boolean removeUnlessNeeded(ImageVersion version) {
        return !preparing.test(version)
                && !isCurrent(version)
                && removeUnlessUsed(version, () -> versions.removeUnlessCurrent(version))
                && versions.find(version.service(), version.number()).isEmpty();
    }

    /** Removes a version, even the current one, unless an instance uses it; tells whether it did. */
    boolean removeUnlessUsed(ImageVersion version) {
        return removeUnlessUsed(version, () -> versions.remove(version));
    }

    private boolean removeUnlessUsed(ImageVersion version, Runnable removal) {
        return catalog.byId(version.service()).isPresent()
                && usage.ifUnused(version.service(), Optional.of(version.number()), removal);
    }

    private boolean isCurrent(ImageVersion version) {
        return catalog.byId(version.service())
                .filter(service -> service.isStartedFrom(version.number()))
                .isPresent();
    }
}
