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
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImages;
import org.kdcloudlet.hypervisor.FullDisk;
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
    /** A template has the memory of a guest. */
    private static final Set<PosixFilePermission> OF_THE_OWNER = PosixFilePermissions.fromString("rw-------");

    private final PackageSettings settings;

    PackageFolders(PackageSettings settings) {
        this.settings = settings;
    }

    void removeLeftovers() {
        settings.exportFolder().ifPresent(folder -> files(folder).forEach(PackageFolders::removeLeftover));
    }

    /** A template has its name before its package has; there was none of that name when its export began. */
    private static void removeLeftover(Path file) {
        String name = file.getFileName().toString();
        if (name.endsWith(Csvm.SUFFIX + UNREADY)) {
            String packageName = name.substring(1, name.length() - UNREADY.length());
            ImageFiles.remove(template(file.resolveSibling(packageName)));
            ImageFiles.remove(file);
        } else if (name.endsWith(TemplateManifest.SUFFIX + UNREADY)) {
            ImageFiles.remove(file);
        }
    }

    /** Where the template of a package is, if there is one. */
    static Path template(Path file) {
        return file.resolveSibling(Packages.templateName(file.getFileName().toString()));
    }

    List<Packages.Candidate> candidates() {
        return settings.importFolder().map(PackageFolders::files).orElse(List.of()).stream()
                .filter(file -> file.getFileName().toString().endsWith(Csvm.SUFFIX))
                .sorted(Comparator.comparing(file -> file.getFileName().toString()))
                .map(file -> new Packages.Candidate(file.getFileName().toString(), size(file), isFile(template(file))))
                .toList();
    }

    private static boolean isFile(Path file) {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
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
            return entries.filter(PackageFolders::isFile).toList();
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

    /** The template beside a package of the import folder. */
    Optional<Path> templateToImport(String name) {
        return Optional.of(template(toImport(name))).filter(PackageFolders::isFile);
    }

    Path image(String name) {
        return inImportFolder(name, ErrorCode.IMAGE_INVALID);
    }

    private Path inImportFolder(String name, ErrorCode code) {
        Optional<Path> file = settings.importFolder()
                .filter(folder -> NAME.matcher(name).matches())
                .map(folder -> folder.resolve(name))
                .filter(PackageFolders::isFile);
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
        for (Path taken : List.of(file, template(file))) {
            if (Files.exists(taken, LinkOption.NOFOLLOW_LINKS)) {
                throw new CloudletException(
                        ErrorCode.CONFLICT,
                        "The export folder has a file " + taken.getFileName() + " already; remove it first.");
            }
        }
        return file;
    }

    /**
     * Writes a package, and what goes beside it, under other names, and gives them their own once all are on disk: the package last.
     *
     * @param aboutToEnd called when all are whole, before they get their names
     */
    void write(Path file, Packages.Export export, Optional<Packages.Export> template, Runnable aboutToEnd)
            throws IOException {
        try (Reverter undo = new Reverter()) {
            write(unready(file), export, Optional.empty(), undo);
            if (template.isPresent()) {
                write(unready(template(file)), template.get(), Optional.of(OF_THE_OWNER), undo);
            }
            aboutToEnd.run();
            if (template.isPresent()) {
                Files.move(unready(template(file)), template(file), StandardCopyOption.ATOMIC_MOVE);
                undo.add("remove " + template(file), () -> Files.deleteIfExists(template(file)));
            }
            Files.move(unready(file), file, StandardCopyOption.ATOMIC_MOVE);
            undo.commit();
        }
    }

    private static Path unready(Path file) {
        return file.resolveSibling("." + file.getFileName() + UNREADY);
    }

    private static void write(
            Path unready, Packages.Export export, Optional<Set<PosixFilePermission>> rights, Reverter undo)
            throws IOException {
        try (FileChannel channel = FileChannel.open(
                unready,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING,
                LinkOption.NOFOLLOW_LINKS)) {
            undo.add("remove " + unready, () -> Files.deleteIfExists(unready));
            if (rights.isPresent()) {
                Files.setPosixFilePermissions(unready, rights.get());
            }
            try (OutputStream out = Channels.newOutputStream(channel)) {
                export.writeTo(out);
                channel.force(true);
            }
        }
    }

    static CloudletException failure(IOException cause) {
        boolean full = FullDisk.causes(cause);
        return full
                ? new CloudletException(ErrorCode.STORAGE_FULL, "The export folder is full; free some space.", cause)
                : new CloudletException(
                        ErrorCode.STORAGE_UNUSABLE,
                        "The package cannot be written to the export folder: " + cause.getMessage(),
                        cause);
    }
}
