package org.kdcloudlet.hypervisor.qemu.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Probe;
import org.kdcloudlet.hypervisor.Readiness;

/** The probes against servers in this process; {@link ProberGuestTest} has them ask a real guest. */
class ProberTest extends ProberTestCase {
    @Test
    void tcpWaitsForTheGuestToAccept() {
        answered.set(0);
        assertThat(failure(new Probe.Tcp(TCP), SOON))
                .hasMessage("The service did not become ready within 400 ms; last seen on TCP port 8080: no answer.");

        answered.set(1);
        prober.awaitReady(new Readiness(new Probe.Tcp(TCP), LATE));
    }

    @Test
    void tcpTellsAGuestThatRefusesFromOneThatClosesWhatItAccepted() {
        serve(Socket::close);
        answered.set(0);
        assertNotReady(new Probe.Tcp(TCP), "connection refused by the guest");

        answered.set(1);
        prober.awaitReady(new Readiness(new Probe.Tcp(TCP), LATE));
    }

    @Test
    void tcpTakesBytesFromTheGuestForItsAnswer() {
        answered.set(0);
        serve(socket -> socket.getOutputStream().write('x'));

        prober.awaitReady(new Readiness(new Probe.Tcp(TCP), LATE));
    }

    @Test
    void givesAGuestThatAcceptedTimeToAnswer() {
        AtomicInteger requests = new AtomicInteger();
        CompletableFuture<Void> answerNow = new CompletableFuture<>();
        serve(socket -> {
            requests.incrementAndGet();
            readRequest(socket);
            answerNow
                    .completeOnTimeout(null, 1, java.util.concurrent.TimeUnit.SECONDS)
                    .join();
            socket.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        });
        prober.awaitReady(new Readiness(http("/", List.of()), LATE));

        assertThat(requests).hasValue(1);
    }

    @Test
    void exchangeFindsTheExpectedBytesAnywhere() {
        answer("220 welcome\r\n250-ready\r\n");
        prober.awaitReady(new Readiness(exchange(TCP, "EHLO\r\n\r\n", "ready"), LATE));

        assertNotReady(exchange(TCP, "EHLO\r\n\r\n", "other"), "an answer of 24 bytes without the expected ones");
    }

    @Test
    void exchangeWorksOverUdp() {
        echoDatagrams();
        prober.awaitReady(new Readiness(exchange(UDP, "ping", "ping"), LATE));

        assertNotReady(exchange(UDP, "ping", "pong"), "UDP port 8081: an answer of 4 bytes without the expected ones");
    }

    @Test
    void exchangeSeesThatNothingComesBackOverUdp() {
        assertNotReady(exchange(UDP, "ping", "pong"), "UDP port 8081: no answer");
    }

    @Test
    void saysWhenThePortIsNotForwarded() throws IOException {
        listener.close();
        assertNotReady(new Probe.Tcp(TCP), "the host's port " + listener.getLocalPort() + " is not forwarded");
    }

    @Test
    void failsWhenTheMachineEndedBefore() {
        exit.complete(new MachineExit(false, "It was killed.", ""));
        assertMachineFailed(new Probe.Tcp(TCP));
    }

    @Test
    void failsAsSoonAsTheMachineEnds() {
        // The server ends the machine in the middle of an attempt over each transport, and never answers.
        serve(socket -> {
            exit.complete(new MachineExit(false, "It was killed.", ""));
            readRequest(socket);
        });
        assertMachineFailed(http("/", List.of()));
    }

    @Test
    void failsAsSoonAsTheMachineEndsOverUdp() {
        inBackground(() -> {
            datagrams.receive(new DatagramPacket(new byte[10], 10));
            exit.complete(new MachineExit(false, "It was killed.", ""));
        });
        assertMachineFailed(exchange(UDP, "ping", "pong"));
    }

    @Test
    void passesOnThatTheMonitorDoesNotAnswer() {
        serve(socket -> readRequest(socket));
        prober = new Prober(
                List.of(new PortForward(TCP, listener.getInetAddress(), listener.getLocalPort())),
                port -> {
                    throw new HypervisorException(HypervisorError.TIMEOUT, "QEMU did not answer");
                },
                exit);
        assertNotReady(new Probe.Tcp(TCP), "QEMU did not answer");
    }

    @Test
    void letsGoWhenInterrupted() {
        Thread.currentThread().interrupt();
        answered.set(0);
        HypervisorException failure = failure(new Probe.Tcp(TCP), LATE);

        assertThat(failure.error()).isEqualTo(HypervisorError.FAILED);
        assertThat(Thread.interrupted()).isTrue();
    }

    private void assertMachineFailed(Probe probe) {
        HypervisorException failure = failure(probe, LATE);
        assertThat(failure.error()).isEqualTo(HypervisorError.MACHINE_FAILED);
        assertThat(failure).hasMessageContaining("It was killed.");
    }
}
