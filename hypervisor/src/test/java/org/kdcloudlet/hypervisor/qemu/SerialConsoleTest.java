package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineState;
import org.kdcloudlet.hypervisor.StopPolicy;

/** The serial consoles of real guests: one that talks, and the demo guest, in which nobody opens the port. */
@ExtendWith(SharedLab.class)
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SerialConsoleTest {
    private final QemuLab lab;

    @TempDir
    private Path folder;

    SerialConsoleTest(QemuLab lab) {
        this.lab = lab;
    }

    private static void readToTheEnd(ByteChannel console) throws IOException {
        ByteBuffer some = ByteBuffer.allocate(4096);
        while (console.read(some.clear()) >= 0) {
            // until nothing is left
        }
    }

    private Machine adopted(UUID id) {
        return lab.reopen().running().stream()
                .filter(machine -> machine.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theGuestAnswersAllWhoTypeAlsoAfterSuspension() throws Exception {
        DiskImage image = SerialGuest.image(folder.resolve("image"));
        Machine machine = lab.remember(lab.hypervisor().boot(QemuLab.request(), image));
        try (ByteChannel first = machine.openSerialConsole();
                ByteChannel second = machine.openSerialConsole()) {
            SerialGuest.awaitFirstPrompt(first);
            SerialGuest.awaitFirstPrompt(second);
            try (ByteChannel late = machine.openSerialConsole()) {
                SerialGuest.awaitFirstPrompt(late);
            }
            assertThat(machine.state()).as("after it stood still").isEqualTo(MachineState.RUNNING);
            SerialGuest.assertAnswers(first);
            SerialGuest.assertAnswers(second);
            machine.suspend();
            readToTheEnd(first);
            readToTheEnd(second);
        }
        Machine awake = lab.remember(lab.hypervisor().wake(machine.id(), QemuLab.ports(30_000, 30_099)));
        try (ByteChannel console = awake.openSerialConsole()) {
            SerialGuest.awaitPrompt(console);
            SerialGuest.assertAnswers(console);
            awake.pause();
            ByteBuffer tooMuch = ByteBuffer.wrap("y".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII));
            assertThatThrownBy(() -> console.write(tooMuch)).isInstanceOf(SocketTimeoutException.class);
            assertThat(tooMuch.position()).isLessThan(64 << 10);
            awake.resume();
            console.write(StandardCharsets.US_ASCII.encode("\r"));
            SerialGuest.awaitPrompt(console);
            SerialGuest.assertAnswers(console);
            awake.stop(StopPolicy.KILL);
            readToTheEnd(console);
        }
        HypervisorException refused = catchThrowableOfType(HypervisorException.class, awake::openSerialConsole);
        assertThat(refused.error()).isEqualTo(HypervisorError.WRONG_STATE);
    }

    @Test
    void theGuestAnswersAfterTheKillOfItsServer() throws Exception {
        lab.letGo();
        Process server = ServerToKill.start(lab.folder(), "serial", folder.resolve("image"));
        UUID id;
        try (BufferedReader output = server.inputReader(StandardCharsets.UTF_8)) {
            id = UUID.fromString(output.readLine());
        } finally {
            server.destroyForcibly().waitFor();
        }
        Machine machine = adopted(id);
        try (ByteChannel console = machine.openSerialConsole()) {
            SerialGuest.awaitPrompt(console);
            SerialGuest.assertAnswers(console);
            lab.letGo();
            readToTheEnd(console);
        }
        adopted(id).stop(StopPolicy.KILL);
    }

    @Test
    void aCloneServesOnWhateverIsSentToItsSerialPort() throws Exception {
        Machine clone = lab.readyClone();
        try (ByteChannel console = clone.openSerialConsole()) {
            ByteBuffer much = ByteBuffer.allocate(1 << 20);
            try {
                console.write(much);
            } catch (SocketTimeoutException nobodyReadsIt) {
                assertThat(much.hasRemaining()).isTrue();
            }
            assertThat(lab.inspect(clone).path("size").asInt()).isEqualTo(6);
            clone.stop(StopPolicy.KILL);
            readToTheEnd(console);
        }
    }
}
