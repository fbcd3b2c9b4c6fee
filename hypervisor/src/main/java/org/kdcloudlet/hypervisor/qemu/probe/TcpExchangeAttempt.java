package org.kdcloudlet.hypervisor.qemu.probe;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.kdcloudlet.hypervisor.Probe;

/** Sends bytes and looks for others in the first 64 KiB of what comes back. */
record TcpExchangeAttempt(InetSocketAddress address, Probe.Exchange probe, GuestConnections connections)
        implements ProbeAttempt {
    @Override
    public ProbeOutcome run(Duration patience, Duration limit, Opened opened) throws IOException {
        AnswerBuffer answer = new AnswerBuffer(probe.expect());
        try (TcpConversation conversation =
                TcpConversation.open(address, probe.port(), connections, patience, limit, opened)) {
            conversation.send(probe.send().toArray());
            while (!answer.isFull()) {
                answer.received(conversation.read(answer.bytes(), answer.length()));
                if (answer.hasExpected()) {
                    return ProbeOutcome.READY;
                }
            }
            return answer.otherAnswer();
        } catch (TcpConversation.Over over) {
            return answer.length() > 0 ? answer.otherAnswer() : over.outcome();
        }
    }
}
