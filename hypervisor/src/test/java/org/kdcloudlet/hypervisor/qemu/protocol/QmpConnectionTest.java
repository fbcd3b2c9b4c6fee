package org.kdcloudlet.hypervisor.qemu.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

class QmpConnectionTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(50);

    @TempDir
    Path folder;

    private ScriptedPeer qemu;
    private QmpConnection qmp;

    @AfterEach
    void close() throws IOException {
        if (qmp != null) {
            qmp.close();
        }
        qemu.close();
    }

    @Test
    void findsTheCommandOfAnAnswerByItsIdAndPassesEventsOn() throws IOException {
        connect(peer -> {
            JsonNode first = Json.MAPPER.readTree(peer.read());
            peer.write(
                    "{\"event\": \"STOP\", \"timestamp\": {}}\r\n{\"return\": 7, \"id\": " + first.get("id") + "}\r\n");
        });
        CompletableFuture<QmpEvent> stop = qmp.expect(event -> event.name().equals("STOP"));
        assertThat(qmp.execute("one", LONG).asInt()).isEqualTo(7);
        assertThat(stop).isCompleted();
    }

    @Test
    void aRefusalIsAnErrorWithItsReason() throws IOException {
        connect(peer -> peer.write("{\"error\": {\"class\": \"GenericError\", \"desc\": \"not now\"}, \"id\": "
                + Json.MAPPER.readTree(peer.read()).get("id") + "}\n"));
        HypervisorException refused = catchThrowableOfType(HypervisorException.class, () -> qmp.execute("cont", LONG));
        assertThat(refused.error()).isEqualTo(HypervisorError.FAILED);
        assertThat(refused).hasMessage("QEMU refused: not now");
    }

    @Test
    void aCommandThatIsNotAnsweredTimesOutAndALateAnswerHarmsNothing() throws IOException {
        connect(peer -> {
            String late = Json.MAPPER.readTree(peer.read()).get("id").toString();
            String next = Json.MAPPER.readTree(peer.read()).get("id").toString();
            peer.write("{\"return\": 1, \"id\": " + late + "}\n{\"return\": 2, \"id\": " + next + "}\n");
        });
        HypervisorException late = catchThrowableOfType(HypervisorException.class, () -> qmp.execute("slow", SHORT));
        assertThat(late.error()).isEqualTo(HypervisorError.TIMEOUT);
        assertThat(qmp.execute("next", LONG).asInt()).isEqualTo(2);
    }

    @Test
    void theEndOfQemuEndsAllWaits() throws Exception {
        connect(peer -> {
            peer.read();
            peer.hangUp();
        });
        CompletableFuture<QmpEvent> never = qmp.expect(event -> false);
        HypervisorException gone = catchThrowableOfType(HypervisorException.class, () -> qmp.execute("quit", LONG));
        assertThat(gone.error()).isEqualTo(HypervisorError.MACHINE_FAILED);
        qmp.closed().get(1, TimeUnit.MINUTES);
        // Commands are told before events are.
        assertThat(never).failsWithin(LONG);
        assertThat(catchThrowableOfType(HypervisorException.class, () -> qmp.execute("more", LONG))
                        .error())
                .isEqualTo(HypervisorError.MACHINE_FAILED);
    }

    @Test
    void aLineWithoutEndAndWhatIsNoJsonCloseTheConnection() throws Exception {
        connect(peer -> {
            String junk = "x".repeat(1 << 20);
            for (int i = 0; i < 5; i++) {
                peer.write(junk);
            }
        });
        qmp.closed().get(1, TimeUnit.MINUTES);
        close();
        Files.delete(folder.resolve("qmp"));
        connect(peer -> peer.write("no JSON\n"));
        qmp.closed().get(1, TimeUnit.MINUTES);
    }

    @Test
    void waitsForNobodyWhoIsGone() {
        qemu = listenNowhere();
        HypervisorException gone = catchThrowableOfType(
                HypervisorException.class,
                () -> QmpConnection.connect(folder.resolve("none"), "test", TestListeners.ENDED, Deadline.in(LONG)));
        assertThat(gone.error()).isEqualTo(HypervisorError.MACHINE_FAILED);
        HypervisorException late = catchThrowableOfType(
                HypervisorException.class,
                () -> QmpConnection.connect(folder.resolve("none"), "test", TestListeners.OURS, Deadline.in(SHORT)));
        assertThat(late.error()).isEqualTo(HypervisorError.TIMEOUT);
    }

    private ScriptedPeer listenNowhere() {
        try {
            return ScriptedPeer.listen(folder.resolve("unused"), peer -> {});
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void connect(ScriptedPeer.Script script) throws IOException {
        qemu = ScriptedPeer.listen(folder.resolve("qmp"), peer -> {
            peer.write("{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n");
            String id = Json.MAPPER.readTree(peer.read()).get("id").toString();
            peer.write("{\"return\": {}, \"id\": " + id + "}\r\n");
            script.play(peer);
        });
        qmp = QmpConnection.connect(folder.resolve("qmp"), "test", TestListeners.OURS, Deadline.in(LONG));
    }
}
