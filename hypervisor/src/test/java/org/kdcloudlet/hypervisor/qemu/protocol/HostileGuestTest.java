package org.kdcloudlet.hypervisor.qemu.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/** Guests that talk to keep the host busy, or to write into its logs. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileGuestTest {
    private static final Duration DEADLINE = Duration.ofSeconds(1);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"{}\n", "x", "\n"})
    void anAgentThatNeverStopsTalkingIsNotListenedToForever(String words) throws IOException {
        try (SocketGuest guest = guest(channel -> SocketGuest.flood(channel, words));
                GuestAgent agent = new GuestAgent(guest.connect(), false)) {
            HypervisorException refused = catchThrowableOfType(
                    HypervisorException.class, () -> agent.execute("guest-ping", Json.object(), DEADLINE));

            assertThat(refused.error())
                    .isIn(HypervisorError.TIMEOUT, HypervisorError.FAILED, HypervisorError.MACHINE_FAILED);
            assertThat(agent.answers(DEADLINE)).isFalse();
        }
    }

    @Test
    void anIdentityServiceThatNeverStopsTalkingIsNotListenedToForever() throws IOException {
        try (SocketGuest guest = guest(channel -> SocketGuest.flood(channel, "no\n"));
                IdentityPort identity = new IdentityPort(guest.connect())) {
            assertThat(catchThrowableOfType(HypervisorException.class, () -> identity.set(Map.of(), DEADLINE)))
                    .isNotNull();
        }
    }

    @Test
    void nobodyWaitsLongerForHisTurnThanHisDeadline() throws IOException, InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        try (SocketGuest guest = guest(channel -> {
                    SocketGuest.awaitWords(channel);
                    asked.countDown();
                    SocketGuest.awaitWords(channel);
                    SocketGuest.awaitWords(channel);
                });
                GuestAgent agent = new GuestAgent(guest.connect(), true)) {
            Thread first = new Thread(() -> catchThrowableOfType(
                    HypervisorException.class,
                    () -> agent.execute("guest-ping", Json.object(), Duration.ofMinutes(10))));
            first.setDaemon(true);
            first.start();
            assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();

            HypervisorException late = catchThrowableOfType(
                    HypervisorException.class, () -> agent.execute("guest-ping", Json.object(), DEADLINE));

            assertThat(late.error()).isEqualTo(HypervisorError.TIMEOUT);
            assertThat(first.isAlive()).isTrue();
        }
    }

    @Test
    void whatGuestsSayInErrorsIsShortAndPrintable() throws IOException {
        String words = "\u001b[2J" + "evil \n".repeat(10_000);
        String answer = Json.MAPPER.writeValueAsString(
                Json.object().set("error", Json.object().put("desc", words)));
        try (SocketGuest guest = guest(channel -> {
                    SocketGuest.awaitWords(channel);
                    SocketGuest.say(channel, answer + "\n");
                });
                GuestAgent agent = new GuestAgent(guest.connect(), true)) {
            HypervisorException refused = catchThrowableOfType(
                    HypervisorException.class,
                    () -> agent.execute("guest-ping", Json.object(), Duration.ofSeconds(60)));

            assertThat(refused.error()).isEqualTo(HypervisorError.FAILED);
            assertThat(refused.getMessage())
                    .hasSizeLessThan(300)
                    .contains("evil ?evil")
                    .matches("\\P{Cntrl}*");
        }
    }

    @Test
    void aQemuThatReadsNoCommandsIsGivenUp() throws IOException {
        Path socket = folder.resolve("qmp");
        CountDownLatch end = new CountDownLatch(1);
        SocketGuest qemu = new SocketGuest(socket, channel -> {
            SocketGuest.say(channel, "{\"QMP\": {}}\n");
            SocketGuest.awaitWords(channel);
            SocketGuest.say(channel, "{\"return\": {}, \"id\": 1}\n");
            await(end);
        });
        try {
            QmpConnection connection =
                    QmpConnection.connect(socket, "test", TestListeners.OURS, Deadline.in(Duration.ofSeconds(60)));
            HypervisorException gone = catchThrowableOfType(
                    HypervisorException.class,
                    () -> connection.execute("x", Json.object().put("y", "z".repeat(8 << 20)), Duration.ofSeconds(60)));

            assertThat(gone.error()).isEqualTo(HypervisorError.MACHINE_FAILED);
            assertThat(Deadline.in(Duration.ofSeconds(60)).await(connection.closed()))
                    .isTrue();
        } finally {
            end.countDown();
            qemu.close();
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await(100, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private SocketGuest guest(SocketGuest.Behaviour behaviour) throws IOException {
        return new SocketGuest(folder.resolve("channel"), behaviour);
    }
}
