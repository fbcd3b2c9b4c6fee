package org.kdcloudlet.hypervisor.qemu.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/** The guest is hostile: whatever it sends or keeps back, the host goes on by its deadline and believes no old answer. */
class IdentityPortTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(200);

    @TempDir
    private Path temp;

    private FakeGuest guest;
    private IdentityPort port;

    @BeforeEach
    void open() throws IOException {
        guest = new FakeGuest(temp.resolve("identity"));
        port = new IdentityPort(guest.host());
    }

    @AfterEach
    void close() throws IOException {
        port.close();
        guest.close();
    }

    @Test
    void sendsAllInOneWriteThatEndsWhatWasUnfinishedBefore() throws Exception {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("hostname", "one");
        values.put("time", "12.000000034");
        CompletableFuture<Void> set = setting(values);
        assertThat(guest.reads()).isEqualTo("\nidentity hostname=one time=12.000000034\n");
        guest.says("ok\n");
        set.get(1, TimeUnit.MINUTES);
    }

    @Test
    void aRefusalIsToldWithItsReason() throws Exception {
        CompletableFuture<Void> set = setting(Map.of());
        guest.reads();
        guest.says("failed hostname\n");
        assertThat(set.handle((done, failure) -> failure.getCause()).get(1, TimeUnit.MINUTES))
                .isInstanceOfSatisfying(HypervisorException.class, failure -> assertThat(failure.error())
                        .isEqualTo(HypervisorError.FAILED))
                .hasMessageEndingWith("failed hostname");
    }

    @Test
    void nonsenseIsNoConsent() throws Exception {
        for (String nonsense : new String[] {"", "OK", "ok ", "okay", "\0\u007f", "{\"return\": {}}"}) {
            CompletableFuture<Void> set = setting(Map.of());
            guest.reads();
            guest.says(nonsense + "\n");
            assertThat(set.handle((done, failure) -> failure.getCause()).get(1, TimeUnit.MINUTES))
                    .as(nonsense)
                    .isInstanceOfSatisfying(HypervisorException.class, failure -> assertThat(failure.error())
                            .isEqualTo(HypervisorError.FAILED));
        }
    }

    @Test
    void anEndlessLineIsAnErrorAndTheNextAnswerCounts() throws Exception {
        CompletableFuture<Void> set = setting(Map.of());
        guest.reads();
        guest.says("x".repeat(8192));
        assertThat(set.handle((done, failure) -> failure.getCause()).get(1, TimeUnit.MINUTES))
                .isInstanceOfSatisfying(HypervisorException.class, failure -> assertThat(failure.error())
                        .isEqualTo(HypervisorError.FAILED));
        guest.says("\n");
        CompletableFuture<Void> next = setting(Map.of());
        guest.reads();
        guest.says("ok\n");
        next.get(1, TimeUnit.MINUTES);
    }

    @Test
    void silenceEndsByTheDeadline() {
        assertThat(failureOfSet(SHORT).error()).isEqualTo(HypervisorError.TIMEOUT);
        port.ask(SHORT);
        assertThat(port.answers(SHORT)).isFalse();
    }

    @Test
    void aGuestThatNeverStopsSendingIsLeftByTheDeadline() throws Exception {
        LineChannel channel = new LineChannel(guest.host(), "guest", 10);
        guest.says("ok\nok\nok\n");
        assertThat(failure(() -> channel.drop(Deadline.in(Duration.ZERO))).error())
                .isEqualTo(HypervisorError.TIMEOUT);
        guest.says("ok\n");
        assertThat(failure(() -> channel.readLine(Deadline.in(Duration.ZERO))).error())
                .isEqualTo(HypervisorError.TIMEOUT);
        assertThat(channel.readLine(Deadline.in(LONG))).asString().isEqualTo("ok");
    }

    @Test
    void whatWasThereBeforeIsNoAnswer() throws Exception {
        guest.says("ok\nok\n");
        assertThat(failureOfSet(SHORT).error()).isEqualTo(HypervisorError.TIMEOUT);
    }

    @Test
    void anAnswerThatComesLateIsNotTakenForTheNext() throws Exception {
        assertThat(failureOfSet(SHORT).error()).isEqualTo(HypervisorError.TIMEOUT);
        guest.reads();
        CompletableFuture<Void> set = setting(Map.of());
        guest.reads();
        guest.says("ok\nfailed mac\n");
        assertThat(set.handle((done, failure) -> failure.getCause()).get(1, TimeUnit.MINUTES))
                .hasMessageEndingWith("failed mac");
    }

    @Test
    void aGuestThatHangsUpIsAFailureOfTheMachine() throws Exception {
        guest.close();
        assertThat(failureOfSet(LONG).error()).isEqualTo(HypervisorError.MACHINE_FAILED);
    }

    private CompletableFuture<Void> setting(Map<String, String> values) {
        return CompletableFuture.runAsync(() -> port.set(values, LONG));
    }

    private HypervisorException failureOfSet(Duration deadline) {
        return failure(() -> port.set(Map.of(), deadline));
    }

    private static HypervisorException failure(ThrowingCallable action) {
        return catchThrowableOfType(HypervisorException.class, action);
    }
}
