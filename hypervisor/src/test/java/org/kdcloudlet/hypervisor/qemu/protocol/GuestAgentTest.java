package org.kdcloudlet.hypervisor.qemu.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/** Agents of guests that do not always behave. */
class GuestAgentTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(50);

    @TempDir
    Path folder;

    private ScriptedPeer guest;

    @AfterEach
    void close() throws IOException {
        guest.close();
    }

    @Test
    void whatWasUnderWayBeforeIsDropped() throws IOException {
        try (GuestAgent agent = agent(false, peer -> {
            peer.write("{\"return\": \"of an earlier command\"}\n");
            String sync = peer.read();
            assertThat(sync).startsWith("\u00ff");
            peer.write("half an ans\u00ff{\"return\": " + id(sync) + "}\n");
            peer.read();
            peer.write("{\"return\": 3}\n");
        })) {
            assertThat(agent.execute("guest-get", Json.object(), LONG).asInt()).isEqualTo(3);
        }
    }

    @Test
    void afterATimeoutTheLateAnswerIsNotTakenForTheNext() throws IOException {
        try (GuestAgent agent = agent(true, peer -> {
            peer.read();
            String sync = peer.read();
            peer.write("{\"return\": \"late\"}\n\u00ff{\"return\": " + id(sync) + "}\n");
            peer.read();
            peer.write("{\"return\": \"next\"}\n");
        })) {
            HypervisorException late = catchThrowableOfType(
                    HypervisorException.class, () -> agent.execute("guest-slow", Json.object(), SHORT));
            assertThat(late.error()).isEqualTo(HypervisorError.TIMEOUT);
            assertThat(agent.execute("guest-get", Json.object(), LONG).asText()).isEqualTo("next");
        }
    }

    @Test
    void aRefusalAndNonsenseAreErrors() throws IOException {
        try (GuestAgent agent = agent(true, peer -> {
            peer.read();
            peer.write("{\"error\": {\"desc\": \"no such command\"}}\n");
            peer.read();
            peer.write("<html>\n");
        })) {
            HypervisorException refused = catchThrowableOfType(
                    HypervisorException.class, () -> agent.execute("guest-get", Json.object(), LONG));
            assertThat(refused).hasMessageContaining("no such command");
            HypervisorException nonsense = catchThrowableOfType(
                    HypervisorException.class, () -> agent.execute("guest-get", Json.object(), LONG));
            assertThat(nonsense.error()).isEqualTo(HypervisorError.FAILED);
        }
    }

    @Test
    void aSilentGuestHasNoAgent() throws IOException {
        try (GuestAgent agent = agent(false, peer -> {})) {
            assertThat(agent.answers(SHORT)).isFalse();
        }
    }

    private static String id(String sync) throws IOException {
        return Json.MAPPER
                .readTree(sync.substring(sync.indexOf('{')))
                .at("/arguments/id")
                .toString();
    }

    private GuestAgent agent(boolean inStep, ScriptedPeer.Script script) throws IOException {
        return new GuestAgent(connect(script), inStep);
    }

    private SocketChannel connect(ScriptedPeer.Script script) throws IOException {
        guest = ScriptedPeer.listen(folder.resolve("guest"), script);
        return UnixSockets.connect(
                folder.resolve("guest"), TestListeners.OURS, Duration.ofMillis(1), Deadline.in(LONG));
    }
}
