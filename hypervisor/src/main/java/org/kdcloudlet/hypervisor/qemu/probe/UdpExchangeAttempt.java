package org.kdcloudlet.hypervisor.qemu.probe;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.kdcloudlet.hypervisor.Probe;

/** Sends one datagram and looks for the expected bytes in those that come back. */
record UdpExchangeAttempt(InetSocketAddress address, Probe.Exchange probe) implements ProbeAttempt {
    @Override
    public ProbeOutcome run(Duration patience, Duration limit, Opened opened) throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        AnswerBuffer answer = new AnswerBuffer(probe.expect());
        try (DatagramSocket socket = new DatagramSocket()) {
            opened.accept(socket);
            socket.connect(address);
            byte[] question = probe.send().toArray();
            socket.send(new DatagramPacket(question, question.length));
            while (!answer.isFull()) {
                socket.setSoTimeout(Math.max(1, (int) ((end - System.nanoTime()) / 1_000_000)));
                DatagramPacket packet =
                        new DatagramPacket(answer.bytes(), answer.length(), answer.bytes().length - answer.length());
                socket.receive(packet);
                answer.received(packet.getLength());
                if (answer.hasExpected()) {
                    return ProbeOutcome.READY;
                }
                if (System.nanoTime() - end >= 0) {
                    break;
                }
            }
            return answer.otherAnswer();
        } catch (SocketTimeoutException nothing) {
            return answer.length() > 0 ? answer.otherAnswer() : ProbeOutcome.NO_ANSWER;
        } catch (PortUnreachableException refused) {
            return ProbeOutcome.notReady("the host's port " + address.getPort() + " is not forwarded");
        }
    }
}
