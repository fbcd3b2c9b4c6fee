package org.kdcloudlet.hypervisor.qemu;

import java.nio.file.Path;

/**
 * How the hypervisor on QEMU is set up.
 *
 * @param folder its own folder; images have to be on the same file system
 * @param firstUid the first of 65,536 numeric users that machines run as when the server is root; nobody else may use them
 * @param simultaneousStarts how many clones are started at the same time at most; the others wait in the order in which they came
 */
public record QemuSettings(Path folder, int firstUid, int simultaneousStarts) {
    /** Above what systemd gives to its own dynamic users and containers (systemd, UIDS-GIDS.md). */
    public static final int DEFAULT_FIRST_UID = 0x7000_0000;

    /** Starts wait for each other's disks and timers more than for processors: 16 at once on 2 processors end soonest unlimited. */
    private static final int STARTS_PER_PROCESSOR = 8;

    public QemuSettings {
        if (firstUid < 1 || firstUid > Integer.MAX_VALUE - MachineAccounts.COUNT) {
            throw new IllegalArgumentException(
                    "firstUid leaves no room for " + MachineAccounts.COUNT + " users: " + firstUid);
        }
        if (simultaneousStarts < 1) {
            throw new IllegalArgumentException("simultaneousStarts must be above zero: " + simultaneousStarts);
        }
    }

    /** The defaults for a folder: eight simultaneous starts for each processor. */
    public static QemuSettings of(Path folder) {
        return new QemuSettings(
                folder,
                DEFAULT_FIRST_UID,
                STARTS_PER_PROCESSOR * Runtime.getRuntime().availableProcessors());
    }
}
