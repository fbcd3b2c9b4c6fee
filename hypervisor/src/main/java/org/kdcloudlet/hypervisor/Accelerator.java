package org.kdcloudlet.hypervisor;

/** What executes the guest's instructions. */
public enum Accelerator {
    /** The processor itself, through /dev/kvm. */
    KVM,
    /** QEMU's translator: works everywhere, slower. */
    TCG
}
