package org.kdcloudlet.hypervisor.qemu;

import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.MachineRequest;

/** Boots a machine from an image, with memory of its own or with memory in a file that a template can be made of. */
final class BootMachine {
    private final QemuContext context;

    BootMachine(QemuContext context) {
        this.context = context;
    }

    QemuMachine run(MachineRequest request, DiskImage image, boolean freezable) {
        if (freezable) {
            context.folder().requireSpaceForMemory(request.spec(), "a template of this machine");
        }
        ColdBoot.Kind kind = new ColdBoot.Kind(QemuCommandLine.Start.BOOT, freezable);
        return new ColdBoot(context).run(request, kind, (folder, user) -> {
            PrepareMachine.link(image.file(), folder.run(MachineFolder.IMAGE));
            if (freezable) {
                PrepareMachine.link(image.file(), folder.imageToKeep());
            }
            return Disks.on(image);
        });
    }
}
