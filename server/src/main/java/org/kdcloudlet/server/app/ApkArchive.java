package org.kdcloudlet.server.app;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * The ZIP archive that an Android package is. Opening it looks at all its names and sizes and refuses what no tool for Android
 * makes; nothing is unpacked before it is asked for, and then in bounds.
 */
final class ApkArchive implements Closeable {
    static final int MAX_ENTRIES = 65_535;

    private static final int MAX_NAME = 1024;
    /** All entries unpacked; Android's own limit for a package is below. */
    private static final long MAX_UNPACKED = 8L << 30;

    private final ZipFile zip;
    private final Map<String, ZipArchiveEntry> entries = new HashMap<>();

    private ApkArchive(ZipFile zip) {
        this.zip = zip;
    }

    static ApkArchive open(Path file) throws ApkException, IOException {
        ZipFile zip;
        try {
            zip = ZipFile.builder().setPath(file).get();
        } catch (IOException | RuntimeException e) {
            throw new ApkException("it is not a ZIP archive, or not all of one", e);
        }
        ApkArchive archive = new ApkArchive(zip);
        try {
            archive.look(Files.size(file));
            return archive;
        } catch (ApkException | IOException | RuntimeException e) {
            zip.close();
            throw e;
        }
    }

    private void look(long fileBytes) throws ApkException {
        long packed = 0;
        long unpacked = 0;
        List<ZipArchiveEntry> all = Collections.list(zip.getEntries());
        if (all.size() > MAX_ENTRIES) {
            throw new ApkException("it has more than " + MAX_ENTRIES + " entries");
        }
        for (ZipArchiveEntry entry : all) {
            checkName(entry);
            checkMethod(entry);
            if (entries.put(entry.getName(), entry) != null) {
                throw new ApkException("it has an entry twice");
            }
            packed += entry.getCompressedSize();
            unpacked += entry.getSize();
            if (entry.getCompressedSize() < 0 || entry.getSize() < 0 || packed > fileBytes) {
                throw new ApkException("its entries are longer than it is, or overlap");
            }
            if (unpacked > MAX_UNPACKED) {
                throw new ApkException("it unpacks to more than " + MAX_UNPACKED + " bytes");
            }
        }
    }

    private static void checkName(ZipArchiveEntry entry) throws ApkException {
        String name = entry.getName();
        boolean plain = !name.isEmpty()
                && name.length() <= MAX_NAME
                && name.charAt(0) != '/'
                && name.indexOf('\\') < 0
                && name.chars().noneMatch(Character::isISOControl);
        if (!plain || List.of(name.split("/", -1)).contains("..")) {
            throw new ApkException("it has an entry with a name that leads elsewhere");
        }
        if (entry.isUnixSymlink()) {
            throw new ApkException("it has a link in it");
        }
    }

    private static void checkMethod(ZipArchiveEntry entry) throws ApkException {
        boolean known = entry.getMethod() == ZipEntry.STORED || entry.getMethod() == ZipEntry.DEFLATED;
        if (!known || entry.getGeneralPurposeBit().usesEncryption()) {
            throw new ApkException("it has an entry that is encrypted or packed in a way that Android does not know");
        }
    }

    /**
     * Unpacks one entry; empty when there is none of this name.
     *
     * @param limit bytes that it may have, whatever the archive says of it
     */
    Optional<byte[]> read(String name, int limit) throws ApkException {
        ZipArchiveEntry entry = entries.get(name);
        if (entry == null) {
            return Optional.empty();
        }
        if (entry.getSize() > limit) {
            throw new ApkException("its " + name + " has more than " + limit + " bytes");
        }
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] bytes = in.readNBytes(limit + 1);
            if (bytes.length != entry.getSize()) {
                throw new ApkException("its " + name + " has not the size that it says");
            }
            return Optional.of(bytes);
        } catch (IOException e) {
            throw new ApkException("its " + name + " cannot be unpacked", e);
        }
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
