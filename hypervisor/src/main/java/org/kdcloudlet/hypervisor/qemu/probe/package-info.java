/** Asks services inside guests whether they answer. Knows ports and connections, but neither processes nor QMP. */
package org.kdcloudlet.hypervisor.qemu.probe;
