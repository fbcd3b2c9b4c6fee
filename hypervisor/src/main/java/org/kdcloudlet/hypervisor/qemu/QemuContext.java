package org.kdcloudlet.hypervisor.qemu;

import java.util.concurrent.Executor;

/** What the conversations with QEMUs share. */
record QemuContext(
        QemuPlatform platform,
        HypervisorFolder folder,
        MachineAccounts accounts,
        TemplateStore templates,
        TemplateKeys keys,
        QemuLauncher launcher,
        HostPortPool ports,
        MachineRegistry machines,
        CorrectGuest corrections,
        Executor executor) {
    /** The same with other corrections of guests. */
    QemuContext with(CorrectGuest other) {
        return new QemuContext(platform, folder, accounts, templates, keys, launcher, ports, machines, other, executor);
    }
}
