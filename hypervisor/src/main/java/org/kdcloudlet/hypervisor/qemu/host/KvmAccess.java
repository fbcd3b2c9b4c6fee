package org.kdcloudlet.hypervisor.qemu.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Whether QEMU, as the user that machines run as, may open /dev/kvm.
 *
 * @param refusal one sentence why it may not; empty if it may
 * @param group the supplementary group that lets it; empty if none is needed
 */
public record KvmAccess(Optional<String> refusal, OptionalInt group) {
    private static final int OWNER_READ_WRITE = 0600;
    private static final int GROUP_READ_WRITE = 0060;
    private static final int OTHERS_READ_WRITE = 0006;

    /**
     * Looks at the device's owner and mode.
     *
     * @param device e.g. /dev/kvm
     * @param user whom machines run as; empty for this process's own user
     */
    public static KvmAccess of(Path device, Optional<UnprivilegedUser> user) {
        if (!Files.exists(device)) {
            return refused(
                    device + " does not exist: the processor has no virtualization, or it is off in the firmware, or"
                            + " the kernel module is not loaded.");
        }
        if (user.isEmpty()) {
            return Files.isReadable(device) && Files.isWritable(device)
                    ? granted(OptionalInt.empty())
                    : refused(device + " may not be opened by this user; make it a member of the group kvm.");
        }
        try {
            return forUser(device, user.get());
        } catch (IOException failure) {
            return refused(device + " cannot be looked at: " + failure.getMessage() + ".");
        }
    }

    private static KvmAccess forUser(Path device, UnprivilegedUser user) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(device, "unix:uid,gid,mode", LinkOption.NOFOLLOW_LINKS);
        int uid = (Integer) attributes.get("uid");
        int gid = (Integer) attributes.get("gid");
        int mode = (Integer) attributes.get("mode") & 0777;
        if (has(mode, OTHERS_READ_WRITE) || (uid == user.uid() && has(mode, OWNER_READ_WRITE))) {
            return granted(OptionalInt.empty());
        }
        // Membership in the group root would give machines more than this device.
        if (has(mode, GROUP_READ_WRITE) && gid != 0) {
            return granted(gid == user.gid() ? OptionalInt.empty() : OptionalInt.of(gid));
        }
        return refused(String.format(
                "%s belongs to user %d and group %d with mode %04o, so that machines, which run as user %d, may not open it;"
                        + " give it to the group kvm with mode 0660.",
                device, uid, gid, mode, user.uid()));
    }

    private static boolean has(int mode, int bits) {
        return (mode & bits) == bits;
    }

    private static KvmAccess granted(OptionalInt group) {
        return new KvmAccess(Optional.empty(), group);
    }

    private static KvmAccess refused(String sentence) {
        return new KvmAccess(Optional.of(sentence), OptionalInt.empty());
    }
}
