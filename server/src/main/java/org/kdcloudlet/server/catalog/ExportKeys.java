package org.kdcloudlet.server.catalog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.kdcloudlet.hypervisor.FullDisk;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys by which this cloudlet knows templates that it exported itself, or that one exported whose key an operator has put here:
 * a folder with {@code own.key}, made when it is first needed, and perhaps others named {@code *.key}. Each is 64 hex digits, and its
 * owner's alone; one that others could read or write proves nothing and is not used. Safe for use by many threads.
 */
final class ExportKeys {
    static final String OWN = "own.key";

    private static final Logger LOG = LoggerFactory.getLogger(ExportKeys.class);
    private static final String SUFFIX = ".key";
    private static final String ALGORITHM = "HmacSHA256";
    private static final int KEY_BYTES = 32;
    private static final int MAX_FILE_BYTES = 100;
    private static final Set<PosixFilePermission> OF_THE_OWNER = PosixFilePermissions.fromString("rw-------");

    private final Path folder;

    ExportKeys(Path folder) {
        this.folder = folder;
    }

    /**
     * Authenticates what this cloudlet exports.
     *
     * @return lowercase hex
     * @throws CloudletException STORAGE_UNUSABLE when the own key cannot be read or made; STORAGE_FULL
     */
    synchronized String seal(byte[] content) {
        Path file = folder.resolve(OWN);
        try {
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                make(file);
            }
            return seal(content, read(file));
        } catch (IOException e) {
            boolean full = FullDisk.causes(e);
            throw new CloudletException(
                    full ? ErrorCode.STORAGE_FULL : ErrorCode.STORAGE_UNUSABLE,
                    "The key " + file + " cannot be used: " + e.getMessage()
                            + "; mend that, or remove it to have another one made.",
                    e);
        }
    }

    /** Whether the owner of one of the keys has sealed this. */
    boolean holds(byte[] content, String seal) {
        byte[] claimed = seal.getBytes(StandardCharsets.US_ASCII);
        boolean holds = false;
        for (Path file : files()) {
            try {
                byte[] expected = seal(content, read(file)).getBytes(StandardCharsets.US_ASCII);
                holds |= MessageDigest.isEqual(expected, claimed);
            } catch (IOException e) {
                LOG.warn("key {} is not used: {}", file, e.getMessage());
            }
        }
        return holds;
    }

    private List<Path> files() {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(file -> file.getFileName().toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            LOG.warn("cannot list {}: {}", folder, e.toString());
            return List.of();
        }
    }

    private static byte[] read(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > MAX_FILE_BYTES) {
            throw new IOException("it is not a plain file with a key");
        }
        if (!OF_THE_OWNER.containsAll(Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS))) {
            throw new IOException("others than its owner may use it, which mode 0600 would keep them from");
        }
        String text = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
        return Optional.of(text)
                .filter(digits -> digits.matches("[0-9a-f]{" + 2 * KEY_BYTES + "}"))
                .map(HexFormat.of()::parseHex)
                .orElseThrow(() -> new IOException("it does not hold " + 2 * KEY_BYTES + " hex digits"));
    }

    private static void make(Path file) throws IOException {
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        Path unready = file.resolveSibling("." + OWN + ".part");
        Files.deleteIfExists(unready);
        try (Reverter undo = new Reverter()) {
            undo.add("remove " + unready, () -> Files.deleteIfExists(unready));
            try (FileChannel channel = FileChannel.open(
                    unready,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(OF_THE_OWNER))) {
                String text = HexFormat.of().formatHex(key) + "\n";
                channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
                channel.force(true);
            }
            Files.move(unready, file, StandardCopyOption.ATOMIC_MOVE);
            undo.commit();
        }
        LOG.info("made the key {} for exported templates", file);
    }

    private static String seal(byte[] content, byte[] key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return HexFormat.of().formatHex(mac.doFinal(content));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java has " + ALGORITHM, e);
        }
    }
}
