package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.hypervisor.qemu.host.ToolRun;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;

/** Makes a folder with memory, devices, disk and image of a machine that was frozen the template of its key. */
final class FinishTemplate {
    private final QemuContext context;

    FinishTemplate(QemuContext context) {
        this.context = context;
    }

    /**
     * What is known of a template besides its files.
     *
     * @param disks as those of its clones
     * @param user its clones run as
     */
    record Content(
            TemplateKey key,
            boolean edited,
            MachineSpec spec,
            Disks disks,
            GuestTools guestTools,
            Optional<UnprivilegedUser> user) {}

    /** Moves a file into the folder, for the server alone or for a group to use too; it is on the disk then. */
    static void take(Path file, Path target, String mode, Optional<UnprivilegedUser> group) throws IOException {
        Files.move(file, target);
        MachineAccounts.takeFrom(target, group);
        Files.setPosixFilePermissions(target, FileTree.mode(mode));
        FileTree.sync(target);
    }

    /** Adds what clones need besides, and publishes it. */
    TemplateRecord run(Path files, Content content) throws IOException {
        Path cloneDisk = files.resolve(TemplateStore.CLONE_DISK);
        new PrepareMachine(context).overlay(cloneDisk, content.disks().virtualBytes());
        Files.setPosixFilePermissions(cloneDisk, FileTree.mode("r--------"));
        Files.setPosixFilePermissions(files.resolve(TemplateStore.STATE), FileTree.mode("r--------"));
        TemplateRecord template = describe(files, content);
        context.templates().publish(files, template);
        return template;
    }

    private TemplateRecord describe(Path files, Content content) throws IOException {
        List<FileStamp> stamps = new ArrayList<>();
        for (String name :
                List.of(MachineFolder.MEMORY, TemplateStore.STATE, TemplateStore.CLONE_DISK, MachineFolder.VARIABLES)) {
            if (Files.exists(files.resolve(name))) {
                FileTree.sync(files.resolve(name));
                stamps.add(FileStamp.of(files.resolve(name)));
            }
        }
        List<FileStamp> linked = List.of(
                FileStamp.of(files.resolve(MachineFolder.BASE)), FileStamp.of(files.resolve(MachineFolder.IMAGE)));
        return new TemplateRecord(
                TemplateRecord.VERSION,
                content.key().value(),
                context.templates().environment(),
                content.edited(),
                content.spec(),
                content.disks(),
                content.guestTools(),
                content.user().map(UnprivilegedUser::uid).orElse(0),
                System.currentTimeMillis(),
                diskBytes(files),
                stamps,
                linked);
    }

    /** Holes in the memory's file take no space, and Java cannot see them. */
    private static long diskBytes(Path files) {
        ToolRun.Result result =
                ToolRun.run(List.of("/usr/bin/du", "-s", "-B1", files.toString()), Duration.ofMinutes(1));
        if (!result.succeeded()) {
            throw new HypervisorException(
                    HypervisorError.FAILED, "Could not measure " + files + ": " + result.complaint());
        }
        return Long.parseLong(result.output().split("\\s")[0]);
    }
}
