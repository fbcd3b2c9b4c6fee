package org.kdcloudlet.hypervisor.qemu.probe;

import org.kdcloudlet.hypervisor.GuestPort;

/**
 * What QEMU's user networking knows of the connections that came in through forwarded ports. User networking accepts a
 * connection on the host before the guest has heard of it; only here it shows whether the guest itself answered.
 */
@FunctionalInterface
public interface GuestConnections {
    /**
     * How many TCP connections to this port of the guest are there whose handshake the guest completed, including those that are
     * being closed. User networking does not tell connections to one port apart.
     *
     * @throws org.kdcloudlet.hypervisor.HypervisorException if QEMU does not answer
     */
    int answered(GuestPort port);
}
