package org.kdcloudlet.server.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.kdcloudlet.hypervisor.FullDisk;
import org.kdcloudlet.hypervisor.digest.ContentDigest;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of packages, by content: {@code SHA256.apk}, and {@code SHA256.icon} for the picture. A file is whole and on disk
 * before a record names it, and is removed after the last record that did; so what is left over after a crash is a file without
 * a record, which {@link #sweep} removes.
 */
final class AppFiles {
    private static final Logger LOG = LoggerFactory.getLogger(AppFiles.class);
    private static final int BUFFER = 256 * 1024;

    private final Path folder;

    AppFiles(Path folder) {
        this.folder = folder;
    }

    /** Takes a file into the folder, durably. */
    PackageContent store(Path file, Optional<byte[]> icon) {
        try {
            MessageDigest md5 = MessageDigest.getInstance("MD5");
            long bytes = Files.size(file);
            String name;
            try (InputStream in = new DigestInputStream(Files.newInputStream(file), md5);
                    ContentDigest sha256 = ContentDigest.of(bytes)) {
                byte[] buffer = new byte[BUFFER];
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    sha256.update(buffer, read);
                }
                name = sha256.finish();
            }
            sync(file);
            Files.move(file, packageFile(name), StandardCopyOption.ATOMIC_MOVE);
            if (icon.isPresent()) {
                Path unready = folder.resolve("new-" + name);
                Files.write(unready, icon.get());
                sync(unready);
                Files.move(unready, iconFile(name), StandardCopyOption.ATOMIC_MOVE);
            }
            sync(folder);
            return new PackageContent(name, HexFormat.of().formatHex(md5.digest()), bytes, icon.isPresent());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has MD5", e);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static CloudletException failure(IOException cause) {
        boolean full = FullDisk.causes(cause);
        return full
                ? new CloudletException(ErrorCode.STORAGE_FULL, "The disk is full; free some space.", cause)
                : new CloudletException(
                        ErrorCode.STORAGE_UNUSABLE, "The package cannot be stored: " + cause.getMessage(), cause);
    }

    private Path packageFile(String sha256) {
        return folder.resolve(sha256 + ".apk");
    }

    private Path iconFile(String sha256) {
        return folder.resolve(sha256 + ".icon");
    }

    /** Opens a package; empty when its file is gone or not what it was. */
    Optional<FileChannel> open(PackageContent content) {
        try {
            FileChannel channel = FileChannel.open(packageFile(content.sha256()), StandardOpenOption.READ);
            if (channel.size() == content.bytes()) {
                return Optional.of(channel);
            }
            channel.close();
            LOG.warn("package {} has not the size that it had", content.sha256());
        } catch (IOException e) {
            LOG.warn("package {} cannot be opened: {}", content.sha256(), e.toString());
        }
        return Optional.empty();
    }

    Optional<byte[]> icon(PackageContent content) {
        if (!content.icon()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Files.readAllBytes(iconFile(content.sha256())));
        } catch (IOException e) {
            LOG.warn("the picture of package {} cannot be read: {}", content.sha256(), e.toString());
            return Optional.empty();
        }
    }

    /** Removes every file that none of these contents has. */
    void sweep(Set<String> contents) {
        for (Path file : files()) {
            String name = file.getFileName().toString();
            int dot = name.indexOf('.');
            if (dot < 0 || !contents.contains(name.substring(0, dot))) {
                remove(file);
            }
        }
    }

    static void remove(Path file) {
        try {
            if (Files.deleteIfExists(file)) {
                LOG.info("removed {}", file);
            }
        } catch (IOException e) {
            LOG.warn("cannot remove {}: {}", file, e.toString());
        }
    }

    private List<Path> files() {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + folder, e);
        }
    }
}
