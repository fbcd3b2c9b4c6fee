package org.kdcloudlet.hypervisor.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.DiskImages;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Progress;

/** Takes any file for a disk image, unless it is empty or begins with {@code BAD}. */
final class FakeDiskImages implements DiskImages {
    private final FakeHypervisor hypervisor;

    FakeDiskImages(FakeHypervisor hypervisor) {
        this.hypervisor = hypervisor;
    }

    @Override
    public DiskImage importImage(
            Path source, Optional<DiskFormat> format, Path folder, ImageLimits limits, Progress progress) {
        hypervisor.enter(FakeCall.IMPORT);
        try {
            byte[] content = Files.readAllBytes(source);
            if (content.length == 0 || new String(content, StandardCharsets.ISO_8859_1).startsWith("BAD")) {
                throw new HypervisorException(HypervisorError.IMAGE_INVALID, "Not a disk image: " + source);
            }
            progress.report(content.length / 2, content.length);
            progress.report(content.length, content.length);
            DiskFormat kept = format.orElse(DiskFormat.QCOW2);
            String name = sha256(content) + "." + kept.name().toLowerCase(Locale.ROOT);
            Path temporary = Files.write(folder.resolve(name + "." + UUID.randomUUID() + ".part"), content);
            Files.move(temporary, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            return open(folder.resolve(name));
        } catch (IOException e) {
            throw new HypervisorException(HypervisorError.IMAGE_INVALID, "Cannot read " + source, e);
        }
    }

    @Override
    public DiskImage takeImage(Path source, DiskFormat format, Path folder, ImageLimits limits, Progress progress) {
        try {
            return importImage(source, Optional.of(format), folder, limits, progress);
        } finally {
            source.toFile().delete();
        }
    }

    @Override
    public DiskImage takeImage(
            Path source, String sha256, DiskFormat format, Path folder, ImageLimits limits, Progress progress) {
        DiskImage taken = takeImage(source, format, folder, limits, progress);
        if (!taken.sha256().equals(sha256)) {
            throw new IllegalArgumentException("The digest is not that of the file");
        }
        return taken;
    }

    @Override
    public Path convert(DiskImage image, Path folder, Progress progress) {
        try {
            return Files.copy(image.file(), folder.resolve("converted-" + image.sha256()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By the ending of its name. */
    @Override
    public Optional<DiskFormat> format(Path file) {
        String name = file.getFileName().toString();
        for (DiskFormat format : DiskFormat.values()) {
            if (format != DiskFormat.RAW && name.endsWith("." + format.name().toLowerCase(Locale.ROOT))) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    @Override
    public DiskImage open(Path imported) {
        String name = imported.getFileName().toString();
        int dot = name.indexOf('.');
        try {
            return new DiskImage(
                    imported,
                    DiskFormat.valueOf(name.substring(dot + 1).toUpperCase(Locale.ROOT)),
                    name.substring(0, dot),
                    Files.size(imported),
                    Files.size(imported));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
