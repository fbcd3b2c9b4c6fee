package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.MachineState;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.hypervisor.qemu.host.ToolRun;

/** Machines on a small file system that fills up. Mounting one takes root. */
class FullMachineDiskTest {
    @TempDir
    Path temp;

    private Path small;

    /** Not a tmpfs: there, even reading a hole of a memory file takes space, and QEMU dies where none is left. */
    @BeforeEach
    void mount() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root may mount a small file system");
        Path disk = temp.resolve("disk");
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(700L << 20);
        }
        Path folder = Files.createDirectory(temp.resolve("s"));
        assertThat(tool("mkfs.ext4", "-q", disk.toString())).isTrue();
        assumeTrue(tool("mount", "-o", "loop", disk.toString(), folder.toString()), "this host has no loop devices");
        small = folder;
    }

    @AfterEach
    void unmount() {
        if (small != null) {
            assertThat(tool("umount", small.toString())).isTrue();
        }
    }

    @Test
    void whatDoesNotFitIsRefusedWithoutATraceAndWhatRunsRunsOn() throws IOException {
        try (QemuLab lab = new QemuLab(small)) {
            Template template = lab.template();
            Machine running = lab.readyClone();
            // What it has not written yet, such as its own name, would halt it when it comes to writing that to a full
            // disk.
            FrozenFileSystems.freeze((QemuMachine) running).thaw();
            fill();

            MachineRequest request = QemuLab.request();
            assertRefused(lab, request, () -> lab.hypervisor().clone(request, template));
            assertRefused(lab, request, () -> lab.hypervisor().boot(request, lab.image()));
            assertRefused(lab, request, () -> lab.hypervisor().bootFreezable(request, lab.image()));
            HypervisorException notSuspended = catchThrowableOfType(HypervisorException.class, running::suspend);
            assertThat(notSuspended.error()).isEqualTo(HypervisorError.NO_SPACE);
            assertThat(lab.hypervisor().suspended()).isEmpty();
            assertThat(running.state()).isEqualTo(MachineState.RUNNING);
            assertThat(lab.inspect(running).path("size").asInt()).isEqualTo(6);

            Files.delete(filler());
            Machine clone = lab.remember(lab.hypervisor().clone(request, template));
            clone.awaitReady(QemuLab.READY);
            clone.stop(StopPolicy.KILL);
        }
    }

    @Test
    void aDiskThatFillsUpWhileAMachinesDiskIsSavedFailsThatAndTheMachineRunsOn() throws IOException {
        try (QemuLab lab = new QemuLab(small)) {
            Machine running = lab.readyClone();
            Path target = small.resolve("saved");
            HypervisorException meanwhile = catchThrowableOfType(
                    HypervisorException.class, () -> running.saveDisk(target, (done, total) -> fillOnce()));
            assertThat(meanwhile.error()).as(meanwhile.getMessage()).isEqualTo(HypervisorError.NO_SPACE);
            HypervisorException before =
                    catchThrowableOfType(HypervisorException.class, () -> running.saveDisk(target, Progress.NONE));
            assertThat(before.error()).as(before.getMessage()).isEqualTo(HypervisorError.NO_SPACE);
            assertThat(target).doesNotExist();
            assertThat(lab.machineFolder(running.id()).path().resolve(SaveDisk.FILE))
                    .doesNotExist();

            Files.delete(filler());
            assertThat(running.state()).isEqualTo(MachineState.RUNNING);
            assertThat(lab.inspect(running).path("size").asInt()).isEqualTo(6);
            running.saveDisk(target, Progress.NONE);
            Files.delete(target);
        }
    }

    private void fillOnce() {
        try {
            if (!Files.exists(filler())) {
                fill();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertRefused(QemuLab lab, MachineRequest request, Runnable start) {
        HypervisorException refused = catchThrowableOfType(HypervisorException.class, start::run);
        assertThat(refused.error()).as(refused.getMessage()).isEqualTo(HypervisorError.NO_SPACE);
        assertThat(lab.machineFolder(request.id()).path()).doesNotExist();
    }

    private Path filler() {
        return small.resolve("filler");
    }

    private void fill() throws IOException {
        byte[] page = new byte[4096];
        FileStore store = Files.getFileStore(small);
        try (OutputStream out = Files.newOutputStream(filler())) {
            while (store.getUsableSpace() > 0) {
                out.write(page);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private static boolean tool(String... command) {
        return ToolRun.run(List.of(command), Duration.ofMinutes(1)).succeeded();
    }
}
