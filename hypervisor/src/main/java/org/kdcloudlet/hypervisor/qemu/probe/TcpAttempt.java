package org.kdcloudlet.hypervisor.qemu.probe;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.kdcloudlet.hypervisor.GuestPort;

/** Connects, and succeeds when the guest itself accepted; a service that accepts and closes at once counts too. */
record TcpAttempt(InetSocketAddress address, GuestPort port, GuestConnections connections) implements ProbeAttempt {
    @Override
    public ProbeOutcome run(Duration patience, Duration limit, Opened opened) throws IOException {
        try (TcpConversation conversation = TcpConversation.open(address, port, connections, patience, limit, opened)) {
            conversation.awaitAccepted();
            return ProbeOutcome.READY;
        } catch (TcpConversation.Over over) {
            return over.outcome().equals(ProbeOutcome.CLOSED) ? ProbeOutcome.READY : over.outcome();
        }
    }
}
