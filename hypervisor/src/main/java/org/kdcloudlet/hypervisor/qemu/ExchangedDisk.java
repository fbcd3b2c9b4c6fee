package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;

/**
 * Puts the disk of a snapshot in the place of a suspended machine's, whose own is kept beside it until it is known that the machine
 * runs. What the record of the machine says decides which of the two counts: its own as long as it says suspended.
 */
final class ExchangedDisk {
    private static final List<String> FILES = List.of(MachineFolder.DISK, MachineFolder.VARIABLES);

    private ExchangedDisk() {}

    /** Takes copies of the snapshot's files into use. */
    static void exchange(MachineFolder folder, SnapshotFolder snapshot, Optional<UnprivilegedUser> user, Reverter undo)
            throws IOException {
        undo.add("put back the disk of " + folder.path(), () -> putBack(folder));
        for (String name : FILES) {
            Path source = snapshot.path().resolve(name);
            if (Files.exists(source)) {
                try (FileChannel in = FileChannel.open(source, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
                    SnapshotFolder.copy(in, copy(folder, name), copied -> {});
                }
                FileTree.sync(copy(folder, name));
                MachineAccounts.give(copy(folder, name), user);
            }
        }
        for (String name : FILES) {
            if (Files.exists(copy(folder, name))) {
                Files.move(folder.run(name), before(folder, name), StandardCopyOption.ATOMIC_MOVE);
                Files.move(copy(folder, name), folder.run(name), StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    /** Has the machine's own files in their place, whatever of an exchange was done; to be called when QEMU is gone. */
    static void putBack(MachineFolder folder) throws IOException {
        for (String name : FILES) {
            Files.deleteIfExists(copy(folder, name));
            if (Files.exists(before(folder, name), LinkOption.NOFOLLOW_LINKS)) {
                Files.move(before(folder, name), folder.run(name), StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    /** Removes what the machine had before, because it runs from the snapshot. */
    static void forgetBefore(MachineFolder folder) throws IOException {
        for (String name : FILES) {
            Files.deleteIfExists(before(folder, name));
            Files.deleteIfExists(copy(folder, name));
        }
    }

    private static Path before(MachineFolder folder, String name) {
        return folder.path().resolve("before-" + name);
    }

    private static Path copy(MachineFolder folder, String name) {
        return folder.path().resolve("restored-" + name);
    }
}
