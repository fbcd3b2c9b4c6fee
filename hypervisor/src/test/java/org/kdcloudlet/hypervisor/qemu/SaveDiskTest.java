package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.DiskImages.ImageLimits;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineState;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.qemu.host.ToolRun;
import org.kdcloudlet.hypervisor.qemu.protocol.GuestAgent;
import org.kdcloudlet.hypervisor.qemu.protocol.Json;

@ExtendWith(SharedLab.class)
class SaveDiskTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final String CHANGED = "/var/changed";

    private final QemuLab lab;

    @TempDir
    private Path folder;

    SaveDiskTest(QemuLab lab) {
        this.lab = lab;
    }

    @Test
    void theDiskOfARunningCloneIsSavedWithItsChangesWhileItRunsOn() throws IOException {
        Machine clone = lab.readyClone();
        write(clone, CHANGED, "by the operator\n");
        Path target = folder.resolve("saved");
        List<Long> told = new ArrayList<>();

        clone.saveDisk(target, (done, total) -> told.add(done));

        assertThat(lab.inspect(clone).path("size").asInt()).isEqualTo(6);
        write(clone, CHANGED, "after it was saved\n");
        assertNothingLeft(clone);
        assertThat(Files.getPosixFilePermissions(target)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(told).isSorted().last().isEqualTo(lab.image().virtualBytes());
        JsonNode described = describe(target);
        assertThat(described.path("format").asText()).isEqualTo("qcow2");
        assertThat(described.has("backing-filename")).isFalse();
        assertThat(Files.size(target)).isLessThan(2 * lab.image().fileBytes());
        clone.stop(StopPolicy.KILL);

        Path images = Files.createDirectory(folder.resolve("images"));
        DiskImage image = lab.hypervisor()
                .images()
                .takeImage(target, DiskFormat.QCOW2, images, new ImageLimits(1L << 30, 1L << 30), Progress.NONE);
        Machine booted = lab.remember(lab.hypervisor().boot(QemuLab.request(), image));
        booted.awaitReady(QemuLab.READY);
        assertThat(read(booted, CHANGED)).isEqualTo("by the operator\n");
        booted.stop(StopPolicy.KILL);
    }

    @Test
    void theDiskOfAPausedMachineIsSavedAndItStaysPaused() throws IOException {
        Machine clone = lab.readyClone();
        clone.pause();
        Path target = folder.resolve("saved");
        clone.saveDisk(target, Progress.NONE);
        assertThat(clone.state()).isEqualTo(MachineState.PAUSED);
        assertThat(describe(target).path("virtual-size").asLong())
                .isEqualTo(lab.image().virtualBytes());
        assertNothingLeft(clone);
        clone.stop(StopPolicy.KILL);
    }

    @Test
    void theGuestsFileSystemsHoldStillForTheMomentAndGoOn() throws IOException {
        Machine clone = lab.readyClone();
        FrozenFileSystems frozen = FrozenFileSystems.freeze((QemuMachine) clone);
        assertThat(freezeStatus(clone)).isEqualTo("frozen");
        frozen.thaw();
        assertThat(freezeStatus(clone)).isEqualTo("thawed");
        clone.saveDisk(folder.resolve("saved"), Progress.NONE);
        assertThat(freezeStatus(clone)).isEqualTo("thawed");
        clone.stop(StopPolicy.KILL);
    }

    @Test
    void whatAServerLeftThatEndedInTheMiddleIsClearedAway() throws Exception {
        Machine clone = lab.readyClone();
        FrozenFileSystems.freeze((QemuMachine) clone);
        lab.letGo();
        Machine adopted = lab.reopen().running().stream()
                .filter(machine -> machine.id().equals(clone.id()))
                .findFirst()
                .orElseThrow();
        org.awaitility.Awaitility.await()
                .atMost(LONG)
                .until(() -> !Files.exists(lab.machineFolder(clone.id()).path().resolve("frozen")));
        assertThat(freezeStatus(adopted)).isEqualTo("thawed");
        Files.createFile(lab.machineFolder(clone.id()).path().resolve(SaveDisk.FILE));
        adopted.saveDisk(folder.resolve("saved"), Progress.NONE);
        assertNothingLeft(adopted);
        adopted.stop(StopPolicy.KILL);
    }

    @Test
    void aCancelledSaveLeavesNothingAndCanBeRepeated() throws IOException {
        Machine clone = lab.readyClone();
        Path target = folder.resolve("saved");
        assertThatThrownBy(() -> clone.saveDisk(target, (done, total) -> {
                    throw new CancellationException("no more");
                }))
                .isInstanceOf(CancellationException.class);
        assertThat(target).doesNotExist();
        assertNothingLeft(clone);
        assertThat(lab.inspect(clone).path("size").asInt()).isEqualTo(6);
        clone.saveDisk(target, Progress.NONE);
        assertThat(target).isRegularFile();
        clone.stop(StopPolicy.KILL);
    }

    @Test
    void twoSavesAtTheSameTimeAreRefusedAndAFileThatIsThereIsLeftAlone() throws Exception {
        Machine clone = lab.readyClone();
        CompletableFuture<HypervisorException> second = new CompletableFuture<>();
        clone.saveDisk(folder.resolve("first"), (done, total) -> {
            if (!second.isDone()) {
                second.complete(catchThrowableOfType(
                        HypervisorException.class,
                        () -> inAnotherThread(() -> clone.saveDisk(folder.resolve("second"), Progress.NONE))));
            }
        });
        assertThat(second.get(1, TimeUnit.MINUTES).error()).isEqualTo(HypervisorError.WRONG_STATE);
        assertThat(folder.resolve("second")).doesNotExist();

        Path there = Files.writeString(folder.resolve("there"), "mine");
        HypervisorException refused =
                catchThrowableOfType(HypervisorException.class, () -> clone.saveDisk(there, Progress.NONE));
        assertThat(refused.error()).isEqualTo(HypervisorError.FAILED);
        assertThat(there).hasContent("mine");
        assertNothingLeft(clone);
        clone.stop(StopPolicy.KILL);
    }

    @Test
    void aMachineThatEndsMeanwhileFailsTheSave() {
        Machine clone = lab.readyClone();
        Path target = folder.resolve("saved");
        HypervisorException failed = catchThrowableOfType(
                HypervisorException.class, () -> clone.saveDisk(target, (done, total) -> clone.stop(StopPolicy.KILL)));
        assertThat(failed.error()).isIn(HypervisorError.MACHINE_FAILED, HypervisorError.FAILED);
        assertThat(target).doesNotExist();
        assertThat(lab.machineFolder(clone.id()).path()).doesNotExist();
        HypervisorException late =
                catchThrowableOfType(HypervisorException.class, () -> clone.saveDisk(target, Progress.NONE));
        assertThat(late.error()).isEqualTo(HypervisorError.WRONG_STATE);
    }

    private static void inAnotherThread(Runnable work) {
        try {
            CompletableFuture.runAsync(work, task -> new Thread(task).start()).join();
        } catch (java.util.concurrent.CompletionException e) {
            throw (HypervisorException) e.getCause();
        }
    }

    private void assertNothingLeft(Machine machine) {
        assertThat(lab.machineFolder(machine.id()).path().resolve(SaveDisk.FILE))
                .doesNotExist();
        assertThat(lab.machineFolder(machine.id()).path().resolve("frozen")).doesNotExist();
        JsonNode nodes = ((QemuMachine) machine)
                .qemu()
                .qmp()
                .execute("query-named-block-nodes", Json.object().put("flat", true), LONG);
        assertThat(nodes.findValuesAsText("node-name")).contains("disk").doesNotContain("saved");
        assertThat(((QemuMachine) machine).qemu().qmp().execute("query-block-jobs", LONG))
                .isEmpty();
    }

    private static JsonNode describe(Path image) throws IOException {
        ToolRun.Result result =
                ToolRun.run(List.of("/usr/bin/qemu-img", "info", "--output=json", image.toString()), LONG);
        assertThat(result.succeeded()).as(result.errors()).isTrue();
        ToolRun.Result checked =
                ToolRun.run(List.of("/usr/bin/qemu-img", "check", "-f", "qcow2", image.toString()), LONG);
        assertThat(checked.succeeded()).as(checked.output() + checked.errors()).isTrue();
        return new ObjectMapper().readTree(result.output());
    }

    private static String freezeStatus(Machine machine) {
        return agent(machine)
                .execute("guest-fsfreeze-status", Json.object(), LONG)
                .asText();
    }

    private static void write(Machine machine, String path, String content) {
        GuestAgent agent = agent(machine);
        int handle = agent.execute(
                        "guest-file-open", Json.object().put("path", path).put("mode", "w"), LONG)
                .asInt();
        String encoded = Base64.getEncoder().encodeToString(content.getBytes(StandardCharsets.UTF_8));
        agent.execute("guest-file-write", Json.object().put("handle", handle).put("buf-b64", encoded), LONG);
        agent.execute("guest-file-close", Json.object().put("handle", handle), LONG);
    }

    private static String read(Machine machine, String path) {
        GuestAgent agent = agent(machine);
        int handle = agent.execute(
                        "guest-file-open", Json.object().put("path", path).put("mode", "r"), LONG)
                .asInt();
        String encoded = agent.execute("guest-file-read", Json.object().put("handle", handle), LONG)
                .path("buf-b64")
                .asText();
        return new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
    }

    private static GuestAgent agent(Machine machine) {
        return ((QemuMachine) machine).qemu().guest().agent().orElseThrow();
    }
}
