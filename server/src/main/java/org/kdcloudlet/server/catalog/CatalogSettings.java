package org.kdcloudlet.server.catalog;

import java.time.Duration;
import org.kdcloudlet.hypervisor.DiskImages.ImageLimits;

/**
 * How images are kept.
 *
 * @param keepVersions unused old versions that each service keeps; default 3
 * @param diskReserveBytes with less space than this, unused old versions are removed and nothing new is started; default 1 GiB
 * @param imageLimits what an import refuses; default 64 GiB of file and 1 TiB of disk
 * @param importDeadline by when an image must be imported and prepared; default 2 hours
 */
public record CatalogSettings(
        int keepVersions, long diskReserveBytes, ImageLimits imageLimits, Duration importDeadline) {
    private static final long GIB = 1L << 30;

    public static CatalogSettings defaults() {
        return new CatalogSettings(3, GIB, new ImageLimits(64 * GIB, 1024 * GIB), Duration.ofHours(2));
    }
}
