package org.kdcloudlet.hypervisor.qemu;

import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImage;

/**
 * The disk of a machine: its own overlay on the image, or on the disk of a template on the image.
 *
 * @param image digest of the image
 * @param imageFormat with which QEMU opens the image
 * @param virtualBytes size of the disk that the guest sees
 * @param onTemplate whether there is a template's disk between overlay and image
 */
record Disks(String image, DiskFormat imageFormat, long virtualBytes, boolean onTemplate) {
    static Disks on(DiskImage image) {
        return new Disks(image.sha256(), image.format(), image.virtualBytes(), false);
    }

    Disks withTemplate(boolean wanted) {
        return new Disks(image, imageFormat, virtualBytes, wanted);
    }
}
