/** How one talks to a QEMU and to the agent of its guest: Unix sockets, lines of JSON, and waits that end by a deadline. */
package org.kdcloudlet.hypervisor.qemu.protocol;
