/**
 * The hypervisor on QEMU: starts {@code qemu-system-x86_64} itself and drives it by QMP over a Unix socket.
 *
 * <p>Each conversation with QEMU is a class of its own (boot, save a template, continue a clone, ...); {@code QemuHypervisor}
 * ties them together. A guest and the QEMU that runs it are not trusted: what lies in a machine's {@code run} folder belongs to
 * QEMU's own user and is never followed, believed or executed.
 */
package org.kdcloudlet.hypervisor.qemu;
