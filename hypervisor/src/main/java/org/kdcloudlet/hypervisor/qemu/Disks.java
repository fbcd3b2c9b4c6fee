package org.kdcloudlet.hypervisor.qemu;

import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImage;

/**
 * The disk of a machine: its own overlay on the image, or on the disk of a template on the image, or on nothing; and its CD-ROM.
 *
 * @param image digest of the image; empty for a disk that was blank at first
 * @param imageFormat with which QEMU opens the image
 * @param virtualBytes size of the disk that the guest sees
 * @param onTemplate whether there is a template's disk between overlay and image
 * @param cdrom whether there is a CD-ROM drive
 */
record Disks(String image, DiskFormat imageFormat, long virtualBytes, boolean onTemplate, boolean cdrom) {
    static Disks on(DiskImage image) {
        return new Disks(image.sha256(), image.format(), image.virtualBytes(), false, false);
    }

    static Disks blank(long virtualBytes) {
        return new Disks("", DiskFormat.QCOW2, virtualBytes, false, false);
    }

    boolean onImage() {
        return !image.isEmpty();
    }

    Disks withTemplate(boolean wanted) {
        return new Disks(image, imageFormat, virtualBytes, wanted, cdrom);
    }

    Disks withCdrom(boolean wanted) {
        return new Disks(image, imageFormat, virtualBytes, onTemplate, wanted);
    }
}
