package org.kdcloudlet.hypervisor;

/** Which devices a guest finds. */
public enum DeviceSet {
    /** virtio disk, network card, serial port for the guest agent and random number generator. */
    VIRTIO,
    /**
     * What guests of the reference system expect (spec/csvm.md): IDE disk; virtio network card, rtl8139 for Windows.
     */
    LEGACY
}
