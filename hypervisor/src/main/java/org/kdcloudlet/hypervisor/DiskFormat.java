package org.kdcloudlet.hypervisor;

/** Format of a disk image. Only {@link #QCOW2} and {@link #RAW} are run; the others are converted when imported. */
public enum DiskFormat {
    QCOW2,
    RAW,
    VMDK,
    VDI
}
