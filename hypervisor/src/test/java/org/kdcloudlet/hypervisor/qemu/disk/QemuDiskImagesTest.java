package org.kdcloudlet.hypervisor.qemu.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.DiskImages.ImageLimits;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Progress;

class QemuDiskImagesTest {
    private static final ImageLimits LIMITS = new ImageLimits(1L << 30, 64L << 30);

    @TempDir
    Path place;

    private Path folder;
    private TestImages images;
    private QemuDiskImages importer;

    @BeforeEach
    void makeFolders() throws IOException {
        folder = Files.createDirectory(place.resolve("images"));
        images = new TestImages(Files.createDirectory(place.resolve("sources")));
        importer = new QemuDiskImages(images.installation);
    }

    @ParameterizedTest
    @CsvSource({"qcow2, compat=1.1", "qcow2, compat=0.10", "qcow2, cluster_size=512", "qcow2, compression_type=zstd"})
    void keepsQcow2AsItIs(String format, String option) throws IOException {
        Path source = images.make(format, option);
        DiskImage image = importImage(source);

        assertThat(image.format()).isEqualTo(DiskFormat.QCOW2);
        assertThat(image.virtualBytes()).isEqualTo(TestImages.DISK);
        assertThat(image.file())
                .isEqualTo(folder.resolve(image.sha256() + ".qcow2"))
                .hasSameBinaryContentAs(source);
        assertThat(image.fileBytes()).isEqualTo(Files.size(source));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(image.file())))
                .isEqualTo("r--r--r--");
        assertThat(importer.open(image.file())).isEqualTo(image);
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void keepsRawAsItIsAndMakesHolesOfItsZeros() throws IOException {
        Path source = images.raw();
        DiskImage image = importImage(source);

        assertThat(image.file())
                .isEqualTo(folder.resolve(image.sha256() + ".raw"))
                .hasSameBinaryContentAs(source);
        assertThat(image.virtualBytes()).isEqualTo(TestImages.DISK);
        assertThat(importer.open(image.file())).isEqualTo(image);
    }

    @Test
    void takesOverAFileInPlaceOfCopyingIt() throws IOException {
        Path source = images.make("qcow2", "compat=1.1");
        byte[] content = Files.readAllBytes(source);
        DiskImage image = importer.takeImage(source, DiskFormat.QCOW2, folder, LIMITS, (done, total) -> {});

        assertThat(source).doesNotExist();
        assertThat(image).isEqualTo(importer.open(image.file()));
        assertThat(Files.readAllBytes(image.file())).isEqualTo(content);
        Path wrong = Files.writeString(folder.resolve("wrong"), "no image");
        assertThatThrownBy(() -> importer.takeImage(wrong, DiskFormat.QCOW2, folder, LIMITS, (done, total) -> {}))
                .isInstanceOf(HypervisorException.class);
        assertThat(folder).isDirectoryContaining(file -> file.equals(image.file()));
        assertThat(folder.toFile().list()).hasSize(1);
    }

    @Test
    void makesQcow2OfRawForThoseWhoTakeNothingElse() {
        DiskImage raw = importImage(images.raw());
        Path qcow2 = importer.convert(raw, folder, (done, total) -> {});

        assertThat(importer.open(qcow2).format()).isEqualTo(DiskFormat.QCOW2);
        images.qemuImg("compare", "-f", "raw", "-F", "qcow2", raw.file().toString(), qcow2.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "vmdk, subformat=monolithicSparse",
        "vmdk, subformat=streamOptimized",
        "vdi, static=off",
        "vdi, static=on"
    })
    void convertsOthersToQcow2(String format, String option) {
        DiskImage image = importImage(images.make(format, option));

        assertThat(image.format()).isEqualTo(DiskFormat.QCOW2);
        assertThat(image.virtualBytes()).isEqualTo(TestImages.DISK);
        images.qemuImg(
                "compare",
                "-f",
                "qcow2",
                "-F",
                "raw",
                image.file().toString(),
                images.raw().toString());
        assertThat(importer.open(image.file())).isEqualTo(image);
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void namesAnImageByItsDigest() throws Exception {
        Path source = images.raw();
        byte[] digest = java.security.MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(source));

        assertThat(importImage(source).sha256())
                .isEqualTo(java.util.HexFormat.of().formatHex(digest));
    }

    @Test
    void returnsWhatIsThereAlreadyAndReplacesWhatIsDamaged() throws IOException {
        Path source = images.make("qcow2");
        DiskImage first = importImage(source);
        Object inode = Files.getAttribute(first.file(), "unix:ino");

        assertThat(importImage(source)).isEqualTo(first);
        assertThat(Files.getAttribute(first.file(), "unix:ino")).isEqualTo(inode);

        Files.delete(first.file());
        Files.writeString(first.file(), "cut short");
        assertThat(importImage(source)).isEqualTo(first);
        assertThat(first.file()).hasSameBinaryContentAs(source);
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void reportsProgressAndDoesNotTouchTheSource() throws IOException {
        Path source = images.raw();
        byte[] before = Files.readAllBytes(source);
        List<Long> reports = new ArrayList<>();

        importer.importImage(source, Optional.empty(), folder, LIMITS, (done, total) -> {
            assertThat(total).isEqualTo(TestImages.DISK);
            reports.add(done);
        });

        assertThat(reports).isSorted().startsWith(0L).endsWith(TestImages.DISK).hasSizeGreaterThan(8);
        assertThat(Files.readAllBytes(source)).isEqualTo(before);
    }

    @Test
    void leavesNothingWhenCancelled() {
        Progress cancelled = (done, total) -> {
            if (done > total / 2) {
                throw new CancellationException();
            }
        };
        assertThatThrownBy(() -> importer.importImage(images.raw(), Optional.empty(), folder, LIMITS, cancelled))
                .isInstanceOf(CancellationException.class);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void removesWhatACrashLeft() throws IOException {
        DiskImage image = importImage(images.raw());
        Files.writeString(folder.resolve(".import-0815"), "half of it");

        QemuDiskImages.removeLeftovers(folder);

        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(image.file());
        }
    }

    @Test
    void opensOnlyWhatItImported() throws IOException {
        assertThatThrownBy(() -> importer.open(images.raw())).hasMessageContaining("is not an imported image");
        assertThatThrownBy(() -> importer.open(folder.resolve("0".repeat(64) + ".raw")))
                .hasMessageContaining("is not an imported image");
        Path link = folder.resolve("1".repeat(64) + ".raw");
        Files.createSymbolicLink(link, images.raw());
        assertThatThrownBy(() -> importer.open(link)).hasMessageContaining("is not an imported image");
    }

    private DiskImage importImage(Path source) {
        return importer.importImage(source, Optional.empty(), folder, LIMITS, Progress.NONE);
    }

    private List<String> leftovers() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("."))
                    .toList();
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }
}
