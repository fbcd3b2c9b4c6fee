package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.MachineUsage;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.OsFamily;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.Template;

@ExtendWith(SharedLab.class)
class MachineLifeTest {
    private static final Duration LONG = Duration.ofMinutes(2);

    private final QemuLab lab;

    MachineLifeTest(QemuLab lab) {
        this.lab = lab;
    }

    @Test
    void aBootedMachineServesShowsItsScreenAndIsSwitchedOffByItsAgent() throws Exception {
        Machine machine = lab.boot(QemuLab.request());
        machine.awaitReady(QemuLab.READY);
        assertThat(lab.inspect(machine).path("size").asInt()).isEqualTo(6);
        BufferedImage screen = ImageIO.read(new ByteArrayInputStream(machine.screenshot()));
        assertThat(colours(screen)).hasSizeGreaterThan(1);

        machine.stop(new StopPolicy(LONG, Duration.ZERO));

        assertShutDown(machine);
        assertThat(lab.machineFolder(machine.id()).path()).doesNotExist();
    }

    @Test
    void aLegacyMachineBootsAndIsSwitchedOffByThePowerButton() {
        MachineSpec legacy = new MachineSpec(192, 2, OsFamily.LINUX, Firmware.BIOS, DeviceSet.LEGACY);
        Machine machine = lab.boot(QemuLab.request(legacy, NetworkAccess.NONE, QemuLab.ports(20_000, 29_999)));
        machine.awaitReady(QemuLab.READY);
        machine.stop(new StopPolicy(LONG, LONG));

        assertShutDown(machine);
        assertThat(lab.machineFolder(machine.id()).path()).doesNotExist();
    }

    @Test
    void usageCountsMemoryTimeDiskAndConnections() throws IOException {
        Machine clone = lab.readyClone();
        try (Socket echo = new Socket(InetAddress.getLoopbackAddress(), QemuLab.port(clone, QemuLab.ECHO))) {
            echo.getInputStream().read();
            MachineUsage usage = clone.usage();
            assertThat(usage.connections()).isGreaterThanOrEqualTo(1);
            assertThat(usage.privateBytes()).isBetween(8L << 20, 256L << 20);
            assertThat(usage.cpuTime()).isPositive();
            assertThat(usage.diskBytes()).isBetween(1L << 16, 64L << 20);
        }
        clone.stop(StopPolicy.KILL);
    }

    @Test
    void theScreenIsServedUntilTheMachineEnds() throws IOException {
        Machine clone = lab.readyClone();
        try (ByteChannel screen = clone.openScreen()) {
            ByteBuffer greeting = ByteBuffer.allocate(12);
            while (greeting.hasRemaining() && screen.read(greeting) >= 0) {
                // until the version is complete
            }
            assertThat(new String(greeting.array(), StandardCharsets.US_ASCII)).startsWith("RFB 003.");
            clone.stop(StopPolicy.KILL);
            assertThat(screen.read(greeting.clear())).isEqualTo(-1);
        }
        HypervisorException refused = catchThrowableOfType(HypervisorException.class, clone::openScreen);
        assertThat(refused.error()).isEqualTo(HypervisorError.WRONG_STATE);
    }

    @Test
    void nobodyElseIsTakenForTheScreen() throws IOException {
        assumeTrue(MachineAccounts.canSwitchUser(), "without root machines run as the user of the test");
        Machine clone = lab.readyClone();
        Path socket = lab.machineFolder(clone.id()).run(MachineFolder.SCREEN);
        Files.delete(socket);
        try (ServerSocketChannel impostor = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            impostor.bind(UnixDomainSocketAddress.of(socket));
            HypervisorException refused = catchThrowableOfType(HypervisorException.class, clone::openScreen);
            assertThat(refused.error()).isEqualTo(HypervisorError.FAILED);
        }
        clone.stop(StopPolicy.KILL);
    }

    @Test
    void aSecondMachineOfTheSameIdIsRefusedAndTheFirstGoesOn() {
        Machine clone = lab.readyClone();
        HypervisorException refused = catchThrowableOfType(
                HypervisorException.class, () -> lab.hypervisor().clone(clone.request(), lab.template()));
        assertThat(refused.error()).isEqualTo(HypervisorError.WRONG_STATE);
        assertThat(lab.inspect(clone).path("size").asInt()).isEqualTo(6);
        clone.stop(StopPolicy.KILL);
    }

    @Test
    void aBootedMachineCannotBeFrozenUnlessItWasBootedForThat() {
        Machine machine = lab.boot(QemuLab.request());
        HypervisorException refused = catchThrowableOfType(
                HypervisorException.class, () -> lab.hypervisor().freeze(machine, QemuLab.READY, 0));
        assertThat(refused.error()).isEqualTo(HypervisorError.WRONG_STATE);
        machine.stop(StopPolicy.KILL);
    }

    @Test
    void aMachineWithoutAPortForTheAgentIsNotFrozenAndLeavesNothing() {
        Set<Template> before = Set.copyOf(lab.hypervisor().templates());
        MachineSpec legacy = new MachineSpec(192, 2, OsFamily.LINUX, Firmware.BIOS, DeviceSet.LEGACY);
        MachineRequest request = QemuLab.request(legacy, NetworkAccess.NONE, QemuLab.ports(20_000, 29_999));
        Machine machine = lab.remember(lab.hypervisor().bootFreezable(request, lab.image()));
        HypervisorException refused = catchThrowableOfType(
                HypervisorException.class, () -> lab.hypervisor().freeze(machine, QemuLab.READY, 0));
        assertThat(refused.error()).isEqualTo(HypervisorError.AGENT_MISSING);
        assertThat(refused).hasMessageContaining("install qemu-guest-agent");
        assertThat(lab.machineFolder(machine.id()).path()).doesNotExist();
        assertThat(lab.hypervisor().templates()).containsExactlyInAnyOrderElementsOf(before);
    }

    @Test
    void aClonePausedAndAskedToShutDownIsLetGoOnFirst() {
        Machine clone = lab.readyClone();
        clone.pause();
        clone.stop(new StopPolicy(LONG, Duration.ZERO));
        assertShutDown(clone);
        assertThat(lab.machineFolder(clone.id()).path()).doesNotExist();
    }

    /** Says that the guest did what it was asked for, and was not killed in the end. */
    private static void assertShutDown(Machine machine) {
        MachineExit exit = machine.exit().toCompletableFuture().join();
        assertThat(exit.expected()).isTrue();
        assertThat(exit.reason()).isEqualTo("Stopped");
    }

    private static Set<Integer> colours(BufferedImage image) {
        Set<Integer> colours = new HashSet<>();
        for (int x = 0; x < image.getWidth(); x++) {
            for (int y = 0; y < image.getHeight(); y++) {
                colours.add(image.getRGB(x, y));
            }
        }
        return colours;
    }
}
