package org.kdcloudlet.hypervisor.digest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.kdcloudlet.hypervisor.Progress;

/** Takes the SHA-256 of what it is given. For use by one thread, but for closing it, which ends whatever it waits for. */
public interface ContentDigest extends AutoCloseable {
    /** What is shorter is hashed here: a process takes longer to start. In bytes. */
    long WORTH_A_PROCESS = 16L << 20;

    /**
     * Adds the first {@code length} bytes of an array, which may be used again at once.
     *
     * @throws DigestFailedException when there will be no digest
     */
    void update(byte[] bytes, int length) throws IOException;

    /**
     * The digest of all that it was given, lowercase hex. To be called once.
     *
     * @throws DigestFailedException when there is none
     */
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

    /**
     * The digest of a file, lowercase hex.
     *
     * @param progress is told how many bytes were read, and of how many
     */
    static String of(Path file, Progress progress) throws IOException {
        long length = Files.size(file);
        byte[] buffer = new byte[256 * 1024];
        long done = 0;
        try (InputStream in = Files.newInputStream(file);
                ContentDigest digest = of(length)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, read);
                done += read;
                progress.report(done, length);
            }
            return digest.finish();
        }
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
