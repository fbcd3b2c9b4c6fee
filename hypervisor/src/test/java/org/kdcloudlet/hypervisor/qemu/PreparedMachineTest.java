package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.MachineState;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.OsFamily;
import org.kdcloudlet.hypervisor.PreparationMedia;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.qemu.host.ToolRun;
import org.kdcloudlet.hypervisor.qemu.protocol.Json;

@ExtendWith(SharedLab.class)
class PreparedMachineTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final StopPolicy BOTH_WAYS = new StopPolicy(LONG, LONG);

    private final QemuLab lab;

    @TempDir
    private Path folder;

    PreparedMachineTest(QemuLab lab) {
        this.lab = lab;
    }

    @Test
    void itStaysWhenItsGuestSwitchesItselfOffAlsoOverARestartOfTheServerAndItsDiskCanBeSaved() throws IOException {
        Machine machine = prepare(new PreparationMedia.Existing(lab.image()), Optional.empty());
        machine.awaitReady(QemuLab.READY);
        assertThat(machine.powerOff(BOTH_WAYS)).isTrue();
        assertThat(machine.state()).isEqualTo(MachineState.POWERED_OFF);
        assertThat(machine.powerOff(BOTH_WAYS)).isTrue();
        machine.resume();
        assertThat(machine.state()).as("what is off has nothing to go on with").isEqualTo(MachineState.POWERED_OFF);

        lab.letGo();
        Machine adopted = lab.reopen().running().stream()
                .filter(found -> found.id().equals(machine.id()))
                .findFirst()
                .orElseThrow();
        assertThat(adopted.state()).isEqualTo(MachineState.POWERED_OFF);
        Path target = folder.resolve("saved");
        adopted.saveDisk(target, Progress.NONE);
        assertThat(ToolRun.run(List.of("/usr/bin/qemu-img", "check", "-f", "qcow2", target.toString()), LONG)
                        .succeeded())
                .isTrue();

        adopted.restart();
        assertThat(adopted.state()).isEqualTo(MachineState.RUNNING);
        adopted.awaitReady(QemuLab.READY);
        adopted.stop(BOTH_WAYS);
        assertThat(adopted.exit().toCompletableFuture().join().reason()).isEqualTo("Stopped");
        assertThat(lab.machineFolder(machine.id()).path()).doesNotExist();
    }

    @Test
    void aGuestThatDoesNotObeyIsNotForced() {
        Machine machine = prepare(new PreparationMedia.Blank(8L << 20), Optional.empty());
        assertThat(machine.powerOff(new StopPolicy(Duration.ofMillis(100), Duration.ofMillis(100))))
                .isFalse();
        assertThat(machine.state()).isEqualTo(MachineState.RUNNING);
        Path target = folder.resolve("saved");
        machine.pause();
        machine.saveDisk(target, Progress.NONE);
        assertThat(target).isNotEmptyFile().hasSize(target.toFile().length());
        assertThat(target.toFile().length()).isLessThan(1L << 20);
        machine.stop(StopPolicy.KILL);
        assertThat(lab.machineFolder(machine.id()).path()).doesNotExist();
    }

    @Test
    void aBlankDiskIsBootedFromTheCdromWhichIsReadOnlyAndCanBeTakenOut() throws IOException {
        for (MachineSpec spec : List.of(QemuLab.SPEC, legacy())) {
            Path cdrom = bootableCdrom();
            byte[] before = Files.readAllBytes(cdrom);
            MachineRequest request = QemuLab.request(spec, NetworkAccess.NONE, QemuLab.ports(20_000, 29_999));
            Machine machine = lab.remember(lab.hypervisor()
                    .prepare(
                            request,
                            new PreparationMedia(new PreparationMedia.Blank(16L << 20), Optional.of(cdrom)),
                            Progress.NONE));
            Awaitility.await().atMost(LONG).until(machine::log, log -> log.contains("booted from the CD-ROM"));
            Path inside = lab.machineFolder(machine.id()).cdrom();
            assertThat(inside).isRegularFile();
            machine.ejectCdrom();
            machine.ejectCdrom();
            assertThat(inside).doesNotExist();
            assertThat(((QemuMachine) machine)
                            .qemu()
                            .qmp()
                            .execute("query-named-block-nodes", Json.object().put("flat", true), LONG)
                            .findValuesAsText("node-name"))
                    .contains("disk")
                    .doesNotContain("cdrom", "image");
            machine.stop(StopPolicy.KILL);
            assertThat(cdrom).hasBinaryContent(before);
            Files.delete(cdrom);
        }
    }

    @Test
    void aCdromThatOnlyItsOwnerMayReadIsCopiedAndLeftAsItIs() throws IOException {
        Path cdrom = bootableCdrom();
        Files.setPosixFilePermissions(cdrom, FileTree.mode("rw-------"));
        Machine machine = prepare(new PreparationMedia.Blank(16L << 20), Optional.of(cdrom));
        Awaitility.await().atMost(LONG).until(machine::log, log -> log.contains("booted from the CD-ROM"));
        assertThat(Files.getPosixFilePermissions(cdrom)).isEqualTo(FileTree.mode("rw-------"));
        machine.stop(StopPolicy.KILL);
        assertThat(lab.machineFolder(machine.id()).path()).doesNotExist();
        assertThat(cdrom).isRegularFile();
    }

    @Test
    void whatIsNoFileIsNoCdromAndOtherMachinesHaveNeitherDriveNorPowerButtonOfThisKind() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link.iso"), bootableCdrom());
        for (Path wrong : List.of(link, folder, folder.resolve("missing"))) {
            MachineRequest request = QemuLab.request();
            HypervisorException refused = catchThrowableOfType(HypervisorException.class, () -> lab.hypervisor()
                    .prepare(
                            request,
                            new PreparationMedia(new PreparationMedia.Blank(1L << 20), Optional.of(wrong)),
                            Progress.NONE));
            assertThat(refused.error()).isEqualTo(HypervisorError.IMAGE_INVALID);
            assertThat(lab.machineFolder(request.id()).path()).doesNotExist();
        }
        Machine clone = lab.readyClone();
        for (Runnable unfit : List.<Runnable>of(clone::ejectCdrom, () -> clone.powerOff(BOTH_WAYS))) {
            HypervisorException refused = catchThrowableOfType(HypervisorException.class, unfit::run);
            assertThat(refused.error()).isEqualTo(HypervisorError.WRONG_STATE);
        }
        clone.stop(StopPolicy.KILL);
    }

    private Machine prepare(PreparationMedia.Disk disk, Optional<Path> cdrom) {
        return lab.remember(
                lab.hypervisor().prepare(QemuLab.request(), new PreparationMedia(disk, cdrom), Progress.NONE));
    }

    private static MachineSpec legacy() {
        return new MachineSpec(64, 1, OsFamily.LINUX, Firmware.BIOS, DeviceSet.LEGACY);
    }

    private Path bootableCdrom() throws IOException {
        return BootableCdrom.write(folder.resolve("boot.iso"));
    }
}
