package org.kdcloudlet.hypervisor.qemu;

import java.util.Optional;
import org.kdcloudlet.hypervisor.qemu.protocol.GuestAgent;
import org.kdcloudlet.hypervisor.qemu.protocol.IdentityPort;

/**
 * The ways to talk to programs inside a guest. They are there or not by the device set; whether somebody answers is another matter.
 */
record GuestChannels(Optional<GuestAgent> agent, Optional<IdentityPort> identity) implements AutoCloseable {
    /** Of a machine without such devices. */
    static final GuestChannels NONE = new GuestChannels(Optional.empty(), Optional.empty());

    @Override
    public void close() {
        agent.ifPresent(GuestAgent::close);
        identity.ifPresent(IdentityPort::close);
    }
}
