package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.PreparationMedia;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;

/** Boots a machine that an image is prepared in: on an image or a blank disk, maybe with a CD-ROM, and it outlives its guest. */
final class BootToPrepare {
    private final QemuContext context;

    BootToPrepare(QemuContext context) {
        this.context = context;
    }

    QemuMachine run(MachineRequest request, PreparationMedia media, Progress progress) {
        ColdBoot.Kind kind = new ColdBoot.Kind(QemuCommandLine.Start.ATTENDED, false);
        return new ColdBoot(context).run(request, kind, (folder, user) -> {
            Disks disks = disk(folder, media.disk());
            if (media.cdrom().isPresent()) {
                insert(media.cdrom().get(), folder, user, progress);
            }
            return disks.withCdrom(media.cdrom().isPresent());
        });
    }

    private static Disks disk(MachineFolder folder, PreparationMedia.Disk disk) throws IOException {
        if (disk instanceof PreparationMedia.Existing existing) {
            DiskImage image = existing.image();
            PrepareMachine.link(image.file(), folder.run(MachineFolder.IMAGE));
            return Disks.on(image);
        }
        return Disks.blank(((PreparationMedia.Blank) disk).bytes());
    }

    /**
     * Puts the image beside the machine's folder where QEMU reads it: by a second name where everybody may read it, else as a copy that
     * only the machine's user may read. The operator's own file is changed by neither.
     */
    private void insert(Path cdrom, MachineFolder folder, Optional<UnprivilegedUser> user, Progress progress)
            throws IOException {
        if (!Files.isRegularFile(cdrom, LinkOption.NOFOLLOW_LINKS)) {
            throw new HypervisorException(HypervisorError.IMAGE_INVALID, cdrom + " is not a file");
        }
        boolean readable = user.isEmpty()
                || Files.getPosixFilePermissions(cdrom, LinkOption.NOFOLLOW_LINKS)
                        .contains(PosixFilePermission.OTHERS_READ);
        if (readable && Files.getFileStore(cdrom).equals(Files.getFileStore(folder.path()))) {
            PrepareMachine.link(cdrom, folder.cdrom());
            return;
        }
        long bytes = Files.size(cdrom);
        context.folder().requireSpace(bytes, "a copy of " + cdrom.getFileName());
        FileTree.copySparsely(cdrom, folder.cdrom(), copied -> progress.report(Math.min(copied, bytes), bytes));
        Files.setPosixFilePermissions(folder.cdrom(), FileTree.mode("r--------"));
        MachineAccounts.give(folder.cdrom(), user);
    }
}
