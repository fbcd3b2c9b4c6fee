package org.kdcloudlet.hypervisor.qemu.host;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * A user without rights that a child process runs as, which only a server that runs as root can do.
 *
 * @param uid 1 or above: never root
 * @param gid 1 or above
 */
public record UnprivilegedUser(int uid, int gid) {
    public UnprivilegedUser {
        if (uid < 1 || gid < 1) {
            throw new IllegalArgumentException("Not an unprivileged user: " + uid + ":" + gid);
        }
    }

    /**
     * The beginning of a command line that takes every right from the program after it, for good: capabilities, bounding set,
     * and what set-uid programs would give.
     *
     * @param setpriv path of util-linux's setpriv
     * @param group one supplementary group, e.g. that of /dev/kvm; all others are left
     */
    public List<String> command(Path setpriv, OptionalInt group) {
        List<String> command = new ArrayList<>(
                List.of(setpriv.toString(), "--reuid", Integer.toString(uid), "--regid", Integer.toString(gid)));
        if (group.isPresent()) {
            command.addAll(List.of("--groups", Integer.toString(group.getAsInt())));
        } else {
            command.add("--clear-groups");
        }
        command.addAll(List.of("--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"));
        return List.copyOf(command);
    }
}
