package org.kdcloudlet.hypervisor;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * What is in the drives of a machine that an image is prepared in.
 *
 * @param disk what its disk has at first; the guest writes to a disk of its own on top
 * @param cdrom an ISO 9660 image for its CD-ROM drive, which the guest cannot write to; without one it has no drive. From a blank disk
 *     the machine boots from the CD-ROM, and from the disk once there is something to boot there
 */
public record PreparationMedia(Disk disk, Optional<Path> cdrom) {
    public PreparationMedia {
        Objects.requireNonNull(disk, "disk");
        Objects.requireNonNull(cdrom, "cdrom");
    }

    /** What a disk has at first. */
    public sealed interface Disk {}

    /** A copy-on-write view of an image. */
    public record Existing(DiskImage image) implements Disk {
        public Existing {
            Objects.requireNonNull(image, "image");
        }
    }

    /**
     * Nothing.
     *
     * @param bytes its size, 1 MiB to 64 TiB, in whole MiB
     */
    public record Blank(long bytes) implements Disk {
        private static final long MIB = 1L << 20;
        private static final long MOST = 64L << 40;

        public Blank {
            if (bytes < MIB || bytes > MOST || bytes % MIB != 0) {
                throw new IllegalArgumentException("A disk has 1 MiB to 64 TiB, in whole MiB: " + bytes);
            }
        }
    }
}
