package org.kdcloudlet.hypervisor.qemu.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.kdcloudlet.hypervisor.qemu.probe.ProberTestCase.assertNotReady;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.Bytes;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Probe;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.hypervisor.Readiness;

/** The probes against a real guest behind QEMU's user networking, which accepts connections before the guest does. */
class ProberGuestTest {
    private static final GuestPort HTTP = new GuestPort(Protocol.TCP, 8080);
    private static final GuestPort UDP = new GuestPort(Protocol.UDP, 8081);
    private static final GuestPort TCP_ECHO = new GuestPort(Protocol.TCP, 8082);
    private static final GuestPort NOBODY = new GuestPort(Protocol.TCP, 9);
    private static final Duration BOOT = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    @Test
    void tellsTheGuestsAnswerFromUserNetworkings() throws IOException {
        try (TestGuest guest = new TestGuest(folder, List.of(HTTP, UDP, TCP_ECHO, NOBODY))) {
            Prober prober = new Prober(guest.forwards(), guest, guest.exit());

            assertNotReady(prober, new Probe.Tcp(HTTP), "TCP port 8080: no answer.");
            assertNotReady(prober, http("/healthz"), "TCP port 8080: no answer.");

            guest.go();
            prober.awaitReady(new Readiness(new Probe.Tcp(HTTP), BOOT));
            prober.awaitReady(new Readiness(http("/healthz"), BOOT));
            prober.awaitReady(new Readiness(new Probe.Tcp(TCP_ECHO), BOOT));
            prober.awaitReady(new Readiness(new Probe.Exchange(UDP, bytes("ping\n"), bytes("pong")), BOOT));
            prober.awaitReady(new Readiness(new Probe.Exchange(TCP_ECHO, bytes("ping\n"), bytes("ping")), BOOT));

            assertNotReady(prober, new Probe.Tcp(NOBODY), "connection refused by the guest");
            assertNotReady(
                    prober, new Probe.Exchange(NOBODY, bytes(""), bytes("x")), "connection refused by the guest");
            assertNotReady(prober, http("/no-such-path"), "HTTP 404");
        }
    }

    @Test
    void failsAtOnceWhenQemuDies() throws IOException {
        try (TestGuest guest = new TestGuest(folder, List.of(HTTP))) {
            Prober prober = new Prober(guest.forwards(), guest, guest.exit());
            // A thread of its own: the common pool may have one alone, which QEMU's end needs.
            CompletableFuture<HypervisorException> failure = CompletableFuture.supplyAsync(
                    () -> failure(prober, new Readiness(http("/healthz"), BOOT)), task -> new Thread(task).start());
            guest.kill();

            assertThat(failure.join().error()).isEqualTo(HypervisorError.MACHINE_FAILED);
        }
    }

    private static HypervisorException failure(Prober prober, Readiness readiness) {
        return catchThrowableOfType(HypervisorException.class, () -> prober.awaitReady(readiness));
    }

    private static Probe http(String path) {
        return new Probe.Http(HTTP, path, List.of());
    }

    private static Bytes bytes(String text) {
        return Bytes.of(text.getBytes(StandardCharsets.US_ASCII));
    }
}
