package org.kdcloudlet.hypervisor.qemu.disk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.DiskImages;
import org.kdcloudlet.hypervisor.FullDisk;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.digest.ContentDigest;
import org.kdcloudlet.hypervisor.qemu.host.DurableFile;
import org.kdcloudlet.hypervisor.qemu.host.QemuInstallation;
import org.kdcloudlet.hypervisor.qemu.host.ToolRun;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Imports disk images into folders by content. An image is copied first and all that is decided about it is decided on the
 * private copy, so that nobody can change it in between. Works in files named {@code .import-*} of the same folder; a crash
 * leaves no more than those.
 */
public final class QemuDiskImages implements DiskImages {
    private static final Logger LOG = LoggerFactory.getLogger(QemuDiskImages.class);
    private static final String WORK_PREFIX = ".import-";
    private static final Pattern NAME = Pattern.compile("([0-9a-f]{64})\\.(qcow2|raw)");
    private static final long SPARE_BYTES = 16L << 20;
    private static final int WRITTEN_TOO_MUCH = 128 + 25;
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final ImageSandbox sandbox;
    private final ImageInspection inspection;

    public QemuDiskImages(QemuInstallation installation) {
        this.sandbox = new ImageSandbox(installation);
        this.inspection = new ImageInspection(sandbox);
    }

    /** Removes what imports that a crash cut off have left. To be called before the first import into a folder. */
    public static void removeLeftovers(Path folder) {
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder, WORK_PREFIX + "*")) {
            for (Path leftover : leftovers) {
                Files.delete(leftover);
                LOG.info("Removed {} of an import that did not end", leftover);
            }
        } catch (IOException failure) {
            throw failed("Cannot clean up " + folder, failure);
        }
    }

    @Override
    public DiskImage importImage(
            Path source, Optional<DiskFormat> format, Path folder, ImageLimits limits, Progress progress) {
        if (!Files.isRegularFile(source)) {
            throw Refusal.invalid("%s is not a file.", source);
        }
        try (Reverter undo = new Reverter();
                FileChannel from = FileChannel.open(source, StandardOpenOption.READ)) {
            long length = from.size();
            ImageHeader.check(ImageBytes.of(from), format, limits);
            requireSpace(folder, length);
            Path copy = newWorkFile(folder, undo);
            String digest = ImageCopy.copy(from, copy, length, progress);
            DiskImage image = examine(copy, digest, new Wanted(format, folder, limits, progress), undo);
            LOG.info("Imported image {} as {}", source, image.file());
            return image;
        } catch (UncheckedIOException failure) {
            throw translated(failure.getCause(), source, folder);
        } catch (IOException failure) {
            throw translated(failure, source, folder);
        }
    }

    /** How an image is to be imported. */
    private record Wanted(Optional<DiskFormat> format, Path folder, ImageLimits limits, Progress progress) {}

    /** Decides about a private copy, and gives it its name. */
    private DiskImage examine(Path copy, String digest, Wanted wanted, Reverter undo) throws IOException {
        makeReadOnly(copy);
        ImageHeader header = header(copy, wanted.format(), wanted.limits());
        long length = Files.size(copy);
        Runnable tick = () -> wanted.progress().report(length, length);
        inspection.inspect(copy, header, length, tick);
        return header.format() == DiskFormat.QCOW2 || header.format() == DiskFormat.RAW
                ? keep(copy, digest, header, wanted.folder())
                : convert(copy, header, wanted.folder(), wanted.limits(), undo, tick);
    }

    @Override
    public DiskImage takeImage(Path source, DiskFormat format, Path folder, ImageLimits limits, Progress progress) {
        return take(source, Optional.empty(), new Wanted(Optional.of(format), folder, limits, progress));
    }

    @Override
    public DiskImage takeImage(
            Path source, String sha256, DiskFormat format, Path folder, ImageLimits limits, Progress progress) {
        return take(source, Optional.of(sha256), new Wanted(Optional.of(format), folder, limits, progress));
    }

    private DiskImage take(Path source, Optional<String> sha256, Wanted wanted) {
        Path folder = wanted.folder();
        if (!Files.isRegularFile(source, LinkOption.NOFOLLOW_LINKS)) {
            throw Refusal.invalid("%s is not a file.", source);
        }
        try (Reverter undo = new Reverter()) {
            undo.add("remove " + source, () -> Files.deleteIfExists(source));
            Path work = newWorkFile(folder, undo);
            Files.move(source, work, StandardCopyOption.ATOMIC_MOVE);
            Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rw-------"));
            header(work, wanted.format(), wanted.limits());
            String digest = sha256.isPresent() ? sha256.get() : ContentDigest.of(work, wanted.progress());
            try (FileChannel channel = FileChannel.open(work, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            DiskImage image = examine(work, digest, wanted, undo);
            LOG.info("Imported image {}", image.file());
            return image;
        } catch (UncheckedIOException failure) {
            throw translated(failure.getCause(), source, folder);
        } catch (IOException failure) {
            throw translated(failure, source, folder);
        }
    }

    @Override
    public Path convert(DiskImage image, Path folder, Progress progress) {
        ImageLimits limits = new ImageLimits(Long.MAX_VALUE, Long.MAX_VALUE);
        Runnable tick = () -> progress.report(0, image.fileBytes());
        try (Reverter undo = new Reverter()) {
            ImageHeader header = header(image.file(), Optional.of(image.format()), limits);
            DiskImage converted = convert(image.file(), header, folder, limits, undo, tick);
            return converted.file();
        } catch (UncheckedIOException failure) {
            throw translated(failure.getCause(), image.file(), folder);
        } catch (IOException failure) {
            throw translated(failure, image.file(), folder);
        }
    }

    @Override
    public Optional<DiskFormat> format(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            return ImageHeader.byMagic(ImageBytes.of(channel));
        } catch (UncheckedIOException failure) {
            throw failed("Cannot read " + file, failure.getCause());
        } catch (IOException failure) {
            throw failed("Cannot read " + file, failure);
        }
    }

    @Override
    public DiskImage open(Path imported) {
        Matcher name = NAME.matcher(String.valueOf(imported.getFileName()));
        if (!name.matches() || !Files.isRegularFile(imported, LinkOption.NOFOLLOW_LINKS)) {
            throw Refusal.invalid("%s is not an imported image; import it again.", imported);
        }
        DiskFormat format = DiskFormat.valueOf(name.group(2).toUpperCase(Locale.ROOT));
        try {
            ImageHeader header = header(imported, Optional.of(format), new ImageLimits(Long.MAX_VALUE, Long.MAX_VALUE));
            return new DiskImage(imported, format, name.group(1), Files.size(imported), header.virtualBytes());
        } catch (UncheckedIOException failure) {
            throw failed("Cannot read " + imported, failure.getCause());
        } catch (IOException failure) {
            throw failed("Cannot read " + imported, failure);
        }
    }

    private static ImageHeader header(Path file, Optional<DiskFormat> format, ImageLimits limits) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return ImageHeader.check(ImageBytes.of(channel), format, limits);
        }
    }

    private DiskImage convert(
            Path copy, ImageHeader header, Path folder, ImageLimits limits, Reverter undo, Runnable tick)
            throws IOException {
        long free = requireSpace(folder, Files.size(copy));
        Path output = newWorkFile(folder, undo);
        Optional<UnprivilegedUser> writer = sandbox.user();
        if (writer.isPresent()) {
            Files.setAttribute(output, "unix:uid", writer.get().uid());
        }
        String from = header.format().name().toLowerCase(Locale.ROOT);
        long mayWrite = Math.min(limits.maxFileBytes(), free - SPARE_BYTES);
        ToolRun.Result result = sandbox.run(
                copy,
                Optional.of(output),
                new ImageSandbox.Limits(ImageInspection.timeFor(header.virtualBytes()), mayWrite),
                tick,
                List.of("convert", "-f", from, "-O", "qcow2", ImageSandbox.image(), ImageSandbox.output()));
        requireConverted(result, mayWrite, limits, free);
        if (writer.isPresent()) {
            Files.setAttribute(output, "unix:uid", 0);
        }
        try (FileChannel channel = FileChannel.open(output, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        makeReadOnly(output);
        ImageHeader converted = header(output, Optional.of(DiskFormat.QCOW2), limits);
        String digest = ContentDigest.of(output, (done, total) -> tick.run());
        return keep(output, digest, converted, folder);
    }

    private static void requireConverted(ToolRun.Result result, long mayWrite, ImageLimits limits, long free) {
        boolean tooMuch = result.status() == WRITTEN_TOO_MUCH || result.errors().contains("File too large");
        if (tooMuch && mayWrite == limits.maxFileBytes()) {
            throw Refusal.invalid(
                    "The image has more than the %d bytes that are allowed once it is qcow2; make it smaller or raise the limit.",
                    mayWrite);
        }
        if (tooMuch || FullDisk.isIn(result.errors())) {
            throw Refusal.noSpace(0, free);
        }
        if (!result.succeeded()) {
            throw Refusal.invalid("The image cannot be converted to qcow2: %s.", result.complaint());
        }
    }

    /** Gives a work file its final name, or drops it for one of the same content that is there already. */
    private static DiskImage keep(Path file, String digest, ImageHeader header, Path folder) throws IOException {
        Path target = folder.resolve(digest + "." + header.format().name().toLowerCase(Locale.ROOT));
        long length = Files.size(file);
        boolean there = Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS) && Files.size(target) == length;
        if (!there) {
            DurableFile.rename(file, target);
        }
        return new DiskImage(target, header.format(), digest, length, header.virtualBytes());
    }

    /** Its undo removes it if it still has this name, which is right after success as well. */
    private static Path newWorkFile(Path folder, Reverter undo) throws IOException {
        Path file = Files.createFile(folder.resolve(WORK_PREFIX + UUID.randomUUID()), PRIVATE);
        undo.add("remove " + file, () -> Files.deleteIfExists(file));
        return file;
    }

    private static void makeReadOnly(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    }

    private static long requireSpace(Path folder, long needed) throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        if (needed > free - SPARE_BYTES) {
            throw Refusal.noSpace(needed + SPARE_BYTES, free);
        }
        return free;
    }

    private static HypervisorException translated(IOException failure, Path source, Path folder) {
        if (FullDisk.causes(failure)) {
            return Refusal.noSpace(0, folder.toFile().getUsableSpace());
        }
        return failed("Cannot import " + source, failure);
    }

    private static HypervisorException failed(String what, IOException failure) {
        return new HypervisorException(HypervisorError.FAILED, what + ": " + failure + ".", failure);
    }
}
