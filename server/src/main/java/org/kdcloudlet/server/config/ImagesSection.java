package org.kdcloudlet.server.config;

import org.kdcloudlet.hypervisor.DiskImages.ImageLimits;
import org.kdcloudlet.server.catalog.CatalogSettings;

/** Reads section {@code images}: what disk images may be and how long they are kept. */
final class ImagesSection {
    private ImagesSection() {}

    /** @param diskReserveBytes space that is left free, which instances and images share */
    static CatalogSettings read(Section section, long diskReserveBytes) {
        return new CatalogSettings(
                section.live().integer("keep-versions", 3, 0, 1000),
                diskReserveBytes,
                new ImageLimits(
                        section.live().size("max-file-size", "64GiB", "1MiB", "64TiB"),
                        section.live().size("max-virtual-size", "1TiB", "1MiB", "64TiB")),
                section.live().duration("import-deadline", "2h", "1m", "7d"));
    }
}
