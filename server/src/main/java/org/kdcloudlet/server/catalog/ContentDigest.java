package org.kdcloudlet.server.catalog;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Takes the SHA-256 of what it is given. For use by one thread, but for closing it, which ends whatever it waits for. */
interface ContentDigest extends AutoCloseable {
    /** What is shorter is hashed here: a process takes longer to start. */
    long WORTH_A_PROCESS = 16L << 20;

    void update(byte[] bytes, int length) throws IOException;

    /** The digest of all that it was given, lowercase hex. */
    String finish() throws IOException;

    @Override
    void close();

    /**
     * The quickest for so many bytes.
     *
     * @param length about how many there will be
     */
    static ContentDigest of(long length) throws IOException {
        return length >= WORTH_A_PROCESS && Sha256Program.isThere() ? Sha256Program.start() : here();
    }

    /** One that hashes in this process. */
    static ContentDigest here() {
        MessageDigest digest = sha256();
        return new ContentDigest() {
            @Override
            public void update(byte[] bytes, int length) {
                digest.update(bytes, 0, length);
            }

            @Override
            public String finish() {
                return HexFormat.of().formatHex(digest.digest());
            }

            @Override
            public void close() {
                // There is nothing to end.
            }
        };
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
