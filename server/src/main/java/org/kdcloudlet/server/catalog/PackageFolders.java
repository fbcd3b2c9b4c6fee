package org.kdcloudlet.server.catalog;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImages;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The folders of this host that packages are imported from and exported to. */
final class PackageFolders {
    private static final Logger LOG = LoggerFactory.getLogger(PackageFolders.class);
    /** No folder, no hidden file, nothing that leads elsewhere. */
    private static final Pattern NAME = Pattern.compile("[^./\\\\\\p{Cntrl}][^/\\\\\\p{Cntrl}]{0,250}");

    private static final Pattern IMAGE = Pattern.compile("[^.].*\\.(qcow2|raw|img|vmdk|vdi)", Pattern.CASE_INSENSITIVE);

    private static final String UNREADY = ".part";

    private final PackageSettings settings;

    PackageFolders(PackageSettings settings) {
        this.settings = settings;
    }

    void removeLeftovers() {
        settings.exportFolder().ifPresent(folder -> files(folder).stream()
                .filter(file -> file.getFileName().toString().endsWith(Csvm.SUFFIX + UNREADY))
                .forEach(ImageFiles::remove));
    }

    List<Packages.Candidate> candidates() {
        return settings.importFolder().map(PackageFolders::files).orElse(List.of()).stream()
                .filter(file -> file.getFileName().toString().endsWith(Csvm.SUFFIX))
                .sorted(Comparator.comparing(file -> file.getFileName().toString()))
                .map(file -> new Packages.Candidate(file.getFileName().toString(), size(file)))
                .toList();
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException goneMeanwhile) {
            return 0;
        }
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .toList();
        } catch (IOException e) {
            LOG.warn("cannot list {}: {}", folder, e.toString());
            return List.of();
        }
    }

    List<Packages.ImageFile> images(DiskImages formats) {
        return settings.importFolder().map(PackageFolders::files).orElse(List.of()).stream()
                .filter(file -> IMAGE.matcher(file.getFileName().toString()).matches())
                .sorted(Comparator.comparing(file -> file.getFileName().toString()))
                .flatMap(file -> image(file, formats).stream())
                .toList();
    }

    private static Optional<Packages.ImageFile> image(Path file, DiskImages formats) {
        try {
            return Optional.of(new Packages.ImageFile(
                    file.getFileName().toString(),
                    Files.size(file),
                    formats.format(file).orElse(DiskFormat.RAW),
                    Files.getLastModifiedTime(file).toInstant()));
        } catch (IOException | HypervisorException e) {
            LOG.warn("cannot look at {}: {}", file, e.toString());
            return Optional.empty();
        }
    }

    Path toImport(String name) {
        return inImportFolder(name, ErrorCode.PACKAGE_INVALID);
    }

    Path image(String name) {
        return inImportFolder(name, ErrorCode.IMAGE_INVALID);
    }

    private Path inImportFolder(String name, ErrorCode code) {
        Optional<Path> file = settings.importFolder()
                .filter(folder -> NAME.matcher(name).matches())
                .map(folder -> folder.resolve(name))
                .filter(candidate -> Files.isRegularFile(candidate, LinkOption.NOFOLLOW_LINKS));
        return file.orElseThrow(() -> new CloudletException(
                code,
                settings.importFolder().isPresent()
                        ? "There is no file of this name in the import folder; see the list of its files."
                        : "No import folder is configured; set packages.import-folder, or upload the file."));
    }

    boolean exports() {
        return settings.exportFolder().isPresent();
    }

    Path toExport(String name) {
        Path folder = settings.exportFolder()
                .orElseThrow(() -> new CloudletException(
                        ErrorCode.CONFLICT,
                        "No export folder is configured; set packages.export-folder, or download the package."));
        Path file = folder.resolve(name);
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new CloudletException(
                    ErrorCode.CONFLICT, "The export folder has a file " + name + " already; remove it first.");
        }
        return file;
    }

    /**
     * Writes a package under another name, and gives it its own once it is on disk.
     *
     * @param aboutToEnd called when it is whole, before it gets its name
     */
    void write(Path file, Packages.Export export, Runnable aboutToEnd) throws IOException {
        Path unready = file.resolveSibling("." + file.getFileName() + UNREADY);
        try (Reverter undo = new Reverter()) {
            try (FileChannel channel = FileChannel.open(
                    unready,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    LinkOption.NOFOLLOW_LINKS)) {
                undo.add("remove " + unready, () -> Files.deleteIfExists(unready));
                try (OutputStream out = Channels.newOutputStream(channel)) {
                    export.writeTo(out);
                    channel.force(true);
                }
            }
            aboutToEnd.run();
            Files.move(unready, file, StandardCopyOption.ATOMIC_MOVE);
            undo.commit();
        }
    }

    static CloudletException failure(IOException cause) {
        boolean full = String.valueOf(cause.getMessage()).contains("No space left");
        return full
                ? new CloudletException(ErrorCode.STORAGE_FULL, "The export folder is full; free some space.", cause)
                : new CloudletException(
                        ErrorCode.STORAGE_UNUSABLE,
                        "The package cannot be written to the export folder: " + cause.getMessage(),
                        cause);
    }
}
