package org.kdcloudlet.hypervisor;

/** What starts the guest's boot loader. */
public enum Firmware {
    BIOS,
    UEFI
}
