package org.kdcloudlet.hypervisor.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.kdcloudlet.hypervisor.FullDisk;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;
import org.kdcloudlet.hypervisor.qemu.protocol.Json;
import org.kdcloudlet.hypervisor.qemu.protocol.QmpConnection;
import org.kdcloudlet.hypervisor.qemu.protocol.QmpEvent;

/**
 * Writes a machine's disk as it is at one moment, with all that is below its overlay, into one qcow2 file, by the job {@code
 * blockdev-backup} (QEMU's "Live Block Device Operations"). QEMU writes into a file beside its folder that the server made and
 * that QEMU cannot exchange; what is given away is a copy of that one, which QEMU never had open and cannot change later.
 */
final class SaveDisk {
    static final String FILE = "saved.qcow2";

    private static final String NODE = "saved";
    private static final String JOB = "save-disk";
    private static final Set<String> DISKS = Set.of("disk", "base", "image");
    private static final Set<String> JOB_ENDS = Set.of("BLOCK_JOB_COMPLETED", "BLOCK_JOB_CANCELLED");
    private static final Duration COMMAND_DEADLINE = Duration.ofSeconds(30);
    private static final Duration CANCEL_DEADLINE = Duration.ofMinutes(1);
    private static final Duration BASE_DEADLINE = Duration.ofMinutes(2);
    private static final Duration PROGRESS_INTERVAL = Duration.ofMillis(200);
    private static final long SLOWEST_BYTES_PER_SECOND = 10L << 20;

    private final QemuContext context;
    private final QemuMachine machine;
    private final QmpConnection qmp;
    private final Path work;

    SaveDisk(QemuContext context, QemuMachine machine) {
        this.context = context;
        this.machine = machine;
        this.qmp = machine.qemu().qmp();
        this.work = machine.qemu().folder().path().resolve(FILE);
    }

    void run(Path target, Progress progress) {
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new HypervisorException(HypervisorError.FAILED, "There is a file " + target + " already");
        }
        requireSpace();
        try (Reverter undo = new Reverter()) {
            removeLeftovers();
            undo.add("end saving the disk of machine " + machine.id(), this::removeLeftovers);
            CompletableFuture<QmpEvent> end = machine.exclusively(this::begin);
            awaitEnd(end, progress);
            qmp.execute("blockdev-del", Json.object().put("node-name", NODE), COMMAND_DEADLINE);
            keep(target, progress);
            Files.delete(work);
            undo.commit();
        } catch (IOException e) {
            throw Failures.of("Could not save the disk of machine " + machine.id(), e);
        }
    }

    /** Makes the file, and starts the job while the guest's file systems hold still, if its agent can do that. */
    private CompletableFuture<QmpEvent> begin() {
        long bytes = machine.record().disks().virtualBytes();
        try {
            new PrepareMachine(context).overlay(work, bytes);
            MachineAccounts.give(work, machine.record().user());
        } catch (IOException e) {
            throw Failures.of("Could not make a file for the disk of machine " + machine.id(), e);
        }
        ObjectNode target = Json.object().put("driver", "qcow2").put("node-name", NODE);
        target.putNull("backing").put("detect-zeroes", "on");
        target.set("cache", Json.object().put("no-flush", true));
        target.set("file", Json.object().put("driver", "file").put("filename", "../" + FILE));
        qmp.execute("blockdev-add", target, COMMAND_DEADLINE);
        CompletableFuture<QmpEvent> end = qmp.expect(event -> JOB_ENDS.contains(event.name())
                && event.data().path("device").asText().equals(JOB));
        FrozenFileSystems frozen = FrozenFileSystems.freeze(machine);
        try {
            qmp.execute("blockdev-backup", job(), COMMAND_DEADLINE);
            return end;
        } catch (HypervisorException e) {
            end.cancel(false);
            throw e;
        } finally {
            frozen.thaw();
        }
    }

    private static ObjectNode job() {
        return Json.object()
                .put("job-id", JOB)
                .put("device", "disk")
                .put("target", NODE)
                .put("sync", "full")
                .put("on-source-error", "report")
                .put("on-target-error", "report");
    }

    private void awaitEnd(CompletableFuture<QmpEvent> end, Progress progress) {
        long bytes = machine.record().disks().virtualBytes();
        Deadline deadline = Deadline.in(BASE_DEADLINE.plusSeconds(bytes / SLOWEST_BYTES_PER_SECOND));
        try {
            progress.report(0, bytes);
            while (!Deadline.in(PROGRESS_INTERVAL).await(end)) {
                if (deadline.passed()) {
                    throw new HypervisorException(
                            HypervisorError.TIMEOUT,
                            "QEMU did not save the disk of machine " + machine.id() + " in time");
                }
                report(progress, bytes);
            }
            requireDone(deadline.get(end, "save the disk"));
        } finally {
            end.cancel(false);
        }
    }

    private void report(Progress progress, long bytes) {
        for (JsonNode job : qmp.execute("query-block-jobs", COMMAND_DEADLINE)) {
            if (job.path("device").asText().equals(JOB)) {
                progress.report(Math.min(bytes, Math.max(0, job.path("offset").asLong())), bytes);
            }
        }
    }

    private void requireDone(QmpEvent end) {
        String error = end.data().path("error").asText();
        if (error.isEmpty() && end.name().equals("BLOCK_JOB_COMPLETED")) {
            return;
        }
        letGoOn();
        boolean full = FullDisk.isIn(error);
        throw new HypervisorException(
                full ? HypervisorError.NO_SPACE : HypervisorError.FAILED,
                "Could not save the disk of machine " + machine.id() + ": "
                        + (full ? "the disk is full; free some space and try again" : error));
    }

    /** What the guest overwrites is saved before; where that failed for want of space, the guest was halted at its write. */
    private void letGoOn() {
        String status =
                qmp.execute("query-status", COMMAND_DEADLINE).path("status").asText();
        if (status.equals("io-error")) {
            qmp.execute("cont", COMMAND_DEADLINE);
        }
    }

    private void keep(Path target, Progress progress) throws IOException {
        try (Reverter undo = new Reverter()) {
            undo.add("remove " + target, () -> Files.deleteIfExists(target));
            long bytes = machine.record().disks().virtualBytes();
            FileTree.copySparsely(work, target, copied -> progress.report(bytes, bytes));
            Files.setPosixFilePermissions(target, FileTree.mode("rw-------"));
            undo.commit();
        }
    }

    /** What this attempt, or one of a server that ended in the middle, has left. */
    private void removeLeftovers() throws IOException {
        if (!qmp.closed().isDone()) {
            cancelJob();
            for (JsonNode node :
                    qmp.execute("query-named-block-nodes", Json.object().put("flat", true), COMMAND_DEADLINE)) {
                if (node.path("node-name").asText().equals(NODE)) {
                    qmp.execute("blockdev-del", Json.object().put("node-name", NODE), COMMAND_DEADLINE);
                }
            }
        }
        Files.deleteIfExists(work);
    }

    private void cancelJob() {
        boolean asked = false;
        Deadline deadline = Deadline.in(CANCEL_DEADLINE);
        while (jobRuns()) {
            if (deadline.passed()) {
                throw new HypervisorException(HypervisorError.TIMEOUT, "QEMU does not end saving the disk");
            }
            CompletableFuture<QmpEvent> end = qmp.expect(event -> JOB_ENDS.contains(event.name()));
            if (!asked) {
                // refused when it ended just now, which the next look shows
                Deadline.in(COMMAND_DEADLINE)
                        .await(qmp.send("block-job-cancel", Json.object().put("device", JOB)));
                asked = true;
            }
            Deadline.in(PROGRESS_INTERVAL).await(end);
            end.cancel(false);
        }
    }

    private boolean jobRuns() {
        for (JsonNode job : qmp.execute("query-block-jobs", COMMAND_DEADLINE)) {
            if (job.path("device").asText().equals(JOB)) {
                return true;
            }
        }
        return false;
    }

    /** Room for what QEMU writes and for the copy, by what the disks take now. */
    private void requireSpace() {
        long bytes = 0;
        for (JsonNode node :
                qmp.execute("query-named-block-nodes", Json.object().put("flat", true), COMMAND_DEADLINE)) {
            if (DISKS.contains(node.path("node-name").asText())) {
                bytes += Math.max(0, node.path("image").path("actual-size").asLong());
            }
        }
        long needed = 2 * Math.min(bytes, machine.record().disks().virtualBytes());
        context.folder().requireSpace(needed, "saving the disk of machine " + machine.id());
    }
}
