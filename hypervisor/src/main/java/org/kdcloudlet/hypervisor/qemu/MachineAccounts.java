package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;

/**
 * The users that QEMUs run as. Each template, and each machine that was booted without one, has a user of its own, who owns
 * nothing else on the host; the clones of a template share its user, because QEMU has to open the template's memory for writing
 * even to map it privately. A server that is not root cannot change users: then there are none, and QEMU runs as the server does.
 */
final class MachineAccounts {
    /** How many users there are at most. */
    static final int COUNT = 65_536;

    private final int firstUid;
    private final boolean canSwitch;
    private final Map<Integer, Integer> uses = new HashMap<>();

    MachineAccounts(int firstUid, boolean canSwitch) {
        this.firstUid = firstUid;
        this.canSwitch = canSwitch;
    }

    /** Whether this process may start others as another user. */
    static boolean canSwitchUser() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        } catch (IOException e) {
            throw new HypervisorException(
                    HypervisorError.UNAVAILABLE, "Could not read /proc/self; is /proc mounted?", e);
        }
    }

    /** Takes a user that nobody uses. */
    synchronized Optional<UnprivilegedUser> takeUnused() {
        if (!canSwitch) {
            return Optional.empty();
        }
        for (int uid = firstUid; uid < firstUid + COUNT; uid++) {
            if (uses.putIfAbsent(uid, 1) == null) {
                return Optional.of(new UnprivilegedUser(uid, uid));
            }
        }
        throw new HypervisorException(HypervisorError.FAILED, "All " + COUNT + " users for machines are in use");
    }

    /** Uses a user once more, e.g. for another clone of a template, or one found after a restart. */
    synchronized Optional<UnprivilegedUser> take(Optional<UnprivilegedUser> user) {
        user.ifPresent(known -> uses.merge(known.uid(), 1, Integer::sum));
        return user;
    }

    /** Ends one use. */
    synchronized void release(Optional<UnprivilegedUser> user) {
        user.ifPresent(known -> uses.computeIfPresent(known.uid(), (uid, count) -> count == 1 ? null : count - 1));
    }

    /** What to tell an operator about it. */
    String isolation() {
        return canSwitch
                ? "Each machine without a template and the machines of each template run as a user of their own, uid "
                        + firstUid + " to " + (firstUid + COUNT - 1) + "."
                : "Machines run as the server's own user, because the server is not root: a guest that breaks out of QEMU"
                        + " has the server's rights.";
    }

    /** Makes a user the owner of a file; without a user, leaves it alone. Symbolic links are not followed. */
    static void give(Path file, Optional<UnprivilegedUser> user) throws IOException {
        if (user.isPresent()) {
            Files.setAttribute(file, "unix:uid", user.get().uid(), LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(file, "unix:gid", user.get().gid(), LinkOption.NOFOLLOW_LINKS);
        }
    }

    /** Lets a user, and no other, reach what is in a folder of the server's by its name. */
    static void letPass(Path folder, Optional<UnprivilegedUser> user) throws IOException {
        if (user.isPresent()) {
            Files.setAttribute(folder, "unix:gid", user.get().gid(), LinkOption.NOFOLLOW_LINKS);
            Files.setPosixFilePermissions(folder, FileTree.mode("rwx--x---"));
        }
    }

    /** Makes a file that a machine's user owned the server's, with the group of a user who may still use it. */
    static void takeFrom(Path file, Optional<UnprivilegedUser> group) throws IOException {
        Path self = Path.of("/proc/self");
        Files.setAttribute(file, "unix:uid", Files.getAttribute(self, "unix:uid"), LinkOption.NOFOLLOW_LINKS);
        int gid = group.isPresent() ? group.get().gid() : (Integer) Files.getAttribute(self, "unix:gid");
        Files.setAttribute(file, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
    }
}
