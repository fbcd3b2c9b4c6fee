package org.kdcloudlet.server.catalog;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.kdcloudlet.hypervisor.DiskImage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of imported images, by content. There is one rule for what is removed from it, at start and later: every file that
 * no version refers to, unless an import is under way whose version is not on record yet.
 */
final class ImageFiles {
    private static final Logger LOG = LoggerFactory.getLogger(ImageFiles.class);

    private final Path folder;
    private final VersionStore versions;
    private int imports;

    ImageFiles(Path folder, VersionStore versions) {
        this.folder = folder;
        this.versions = versions;
    }

    Path folder() {
        return folder;
    }

    DiskImage image(ImageVersion version) {
        return new DiskImage(
                path(version), version.format(), version.sha256(), version.fileBytes(), version.virtualBytes());
    }

    private Path path(ImageVersion version) {
        return folder.resolve(version.sha256() + "." + version.format().name().toLowerCase(Locale.ROOT));
    }

    /** What is wrong with the file of a version, if anything. */
    Optional<String> problem(ImageVersion version) {
        try {
            long size = Files.size(path(version));
            return size == version.fileBytes()
                    ? Optional.empty()
                    : Optional.of("The image file has " + size + " bytes in place of " + version.fileBytes());
        } catch (IOException e) {
            return Optional.of("The image file is missing");
        }
    }

    /** Imports an image and puts its version on record, safe from {@link #sweep}. */
    <T> T importing(Supplier<T> importAndRecord) {
        synchronized (this) {
            imports++;
        }
        try {
            return importAndRecord.get();
        } finally {
            synchronized (this) {
                imports--;
            }
        }
    }

    /** Removes the files that no version refers to. Does nothing while an import is under way; the end of that sweeps too. */
    synchronized void sweep() {
        if (imports > 0) {
            return;
        }
        Set<String> known = versions.contents();
        for (Path file : files(folder)) {
            String name = file.getFileName().toString();
            if (!known.contains(name.replaceFirst("\\..*", "")) || !name.matches("[0-9a-f]{64}\\.[a-z0-9]+")) {
                remove(file);
            }
        }
    }

    /** Removes all files of a folder. */
    static void empty(Path folder) {
        files(folder).forEach(ImageFiles::remove);
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

    private static List<Path> files(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + folder, e);
        }
    }
}
