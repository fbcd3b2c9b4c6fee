package org.kdcloudlet.hypervisor.qemu;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.UUID;

/** What follows from a machine's id. */
final class MachineIdentity {
    private MachineIdentity() {}

    /** A MAC address of QEMU's range 52:54:00, with three bytes of the id's SHA-256. */
    static String macAddress(UUID id) {
        try {
            byte[] bytes = ByteBuffer.allocate(16)
                    .putLong(id.getMostSignificantBits())
                    .putLong(id.getLeastSignificantBits())
                    .array();
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return String.format(
                    Locale.ROOT, "52:54:00:%02x:%02x:%02x", digest[0] & 0xff, digest[1] & 0xff, digest[2] & 0xff);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    /** The form of {@code /etc/machine-id}: 32 hex digits. */
    static String machineId(UUID id) {
        return id.toString().replace("-", "");
    }
}
