/**
 * Service VMs as machines on this host: boot, freeze into a template, clone copy-on-write, watch, adopt, stop.
 *
 * <p>{@link org.kdcloudlet.hypervisor.Hypervisor} is the way in. Nothing in this package knows which hypervisor is behind it;
 * the implementation on QEMU is in {@code org.kdcloudlet.hypervisor.qemu}. All types here are safe for use by many threads.
 */
package org.kdcloudlet.hypervisor;
