package org.kdcloudlet.hypervisor.qemu.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImages.ImageLimits;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Progress;

/** Every kind of image that must not come in; after each nothing is left in the folder. */
class RefusedImagesTest {
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

    @Test
    void empty() {
        assertRefused(images.write("empty", new byte[0]), "The image is empty");
    }

    @Test
    void aFolderOrAMissingFile() {
        assertRefused(folder, "is not a file");
        assertRefused(folder.resolve("missing"), "is not a file");
    }

    @Test
    void aTextFile() {
        Path text = images.write("text", "Not a disk.\n".repeat(100).getBytes(StandardCharsets.US_ASCII));
        assertRefused(text, "it has no known header and no boot sector");
        assertRefused(
                text, Optional.of(DiskFormat.QCOW2), "is said to be QCOW2 but by its header it is of no known format");
        assertRefused(text, Optional.of(DiskFormat.RAW), "not a multiple of 512");
    }

    @Test
    void archivesAndOtherFormatsWithAdvice() {
        assertRefused(
                images.write("gz", new byte[] {0x1f, (byte) 0x8b, 8, 0}), "compressed with gzip; unpack it first");
        assertRefused(images.write("xz", new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0}), "compressed with xz");
        assertRefused(images.write("zst", new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd}), "compressed with zstd");
        Path descriptor =
                images.write("d.vmdk", "# Disk DescriptorFile\nversion=1\n".getBytes(StandardCharsets.US_ASCII));
        assertRefused(descriptor, "VMDK descriptor that names other files");
        assertRefused(images.make("vhdx"), "VHDX");
    }

    @Test
    void anotherFormatThanIsSaid() {
        assertRefused(
                images.make("qcow2"), Optional.of(DiskFormat.RAW), "is said to be RAW but by its header it is QCOW2");
    }

    @ParameterizedTest
    @CsvSource({
        "3, no known header",
        "50, lies past the end",
        "4096, lies past the end",
        "1000000, truncated or damaged"
    })
    void aTruncatedQcow2(long length, String sentence) {
        assertRefused(TestImages.truncate(images.make("qcow2"), length), sentence);
    }

    @Test
    void truncatedOthers() {
        assertRefused(TestImages.truncate(images.raw(), 1_000_001), "not a multiple of 512");
        assertRefused(TestImages.truncate(images.make("vmdk"), 1_000_000), "truncated or damaged");
        assertRefused(TestImages.truncate(images.make("vdi"), 2_500_000), "its last block lies past the end");
    }

    @Test
    void aBackingFile() {
        Path base = images.make("qcow2");
        Path overlay = base.resolveSibling("overlay.qcow2");
        images.qemuImg("create", "-q", "-f", "qcow2", "-b", base.toString(), "-F", "qcow2", overlay.toString());
        assertRefused(overlay, "The image has a backing file");

        images.qemuImg("create", "-q", "-u", "-f", "qcow2", "-b", "/etc/shadow", "-F", "raw", overlay.toString(), "1M");
        assertRefused(overlay, "The image has a backing file");
    }

    @Test
    void anExternalDataFile() {
        Path image = folder.resolveSibling("sources").resolve("external.qcow2");
        images.qemuImg("create", "-q", "-f", "qcow2", "-o", "data_file=" + image + ".data", image.toString(), "1M");
        assertRefused(image, "keeps its data in another file");
        // The header extension alone, without its feature bit, names that file as well.
        TestImages.put(image, 72, 0, 8);
        assertRefused(image, "keeps its data in another file");
    }

    @ParameterizedTest
    @CsvSource({
        "4, 4, 4, version 4",
        "20, 8, 4, cluster size cannot be right",
        "20, 22, 4, cluster size cannot be right",
        "24, 1099511627776, 8, cluster table cannot be right",
        "24, 0, 8, has no size",
        "24, -1, 8, has no size",
        "32, 1, 4, is encrypted",
        "36, 0, 4, cluster table cannot be right",
        "36, 4194305, 4, cluster table cannot be right",
        "40, 1, 8, cluster table cannot be right",
        "40, 281474976710656, 8, cluster table lies past the end",
        "48, 281474976710656, 8, reference count table lies past the end",
        "56, 65536, 4, reference count table cannot be right",
        "60, 100000, 4, more than 1024 snapshots",
        "72, 1, 8, was not closed properly",
        "72, 2, 8, marked as corrupt",
        "72, 4, 8, keeps its data in another file",
        "72, 32, 8, features of qcow2 that are not understood (0x20)",
        "96, 7, 4, header cannot be right",
        "100, 100, 4, header cannot be right"
    })
    void aQcow2WithABadHeader(long offset, long value, int bytes, String sentence) {
        assertRefused(TestImages.put(images.make("qcow2"), offset, value, bytes), sentence);
    }

    @Test
    void aQcow2WhoseTablesPointNowhere() {
        // The first entry of the L1 table, which lies in the fourth cluster: it passes the header and fails qemu-img.
        Path image = TestImages.put(images.make("qcow2"), 3 * 65_536, 0x8000_00ff_ffff_0000L, 8);
        assertRefused(image, "truncated or damaged");
    }

    @Test
    void aDiskThatIsHugeByItsHeader() {
        Path image = place.resolve("huge.qcow2");
        images.qemuImg("create", "-q", "-f", "qcow2", "-o", "cluster_size=2M", image.toString(), "8192T");
        assertRefused(image, "bytes by its header, more than the 68719476736 that are allowed");
    }

    @Test
    void aFileThatIsLargerThanAllowed() throws IOException {
        Path image = TestImages.truncate(images.raw(), (1L << 30) + 512);
        assertRefused(image, "more than the 1073741824 that are allowed");
    }

    @Test
    void aConvertedImageThatIsLargerThanAllowed() throws IOException {
        Path image = images.make("vmdk", "subformat=streamOptimized");
        ImageLimits exact = new ImageLimits(Files.size(image), 64L << 30);
        HypervisorException refusal = catchThrowableOfType(
                HypervisorException.class,
                () -> importer.importImage(image, Optional.empty(), folder, exact, Progress.NONE));

        assertThat(refusal.error()).as(refusal.getMessage()).isEqualTo(HypervisorError.IMAGE_INVALID);
        assertThat(refusal).hasMessageContaining("that are allowed once it is qcow2");
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource({"monolithicFlat, VMDK descriptor", "twoGbMaxExtentSparse, VMDK descriptor"})
    void aVmdkOfSeveralFiles(String subformat, String sentence) {
        assertRefused(images.make("vmdk", "subformat=" + subformat), sentence);
    }

    @Test
    void aVmdkThatNamesOtherFiles() throws IOException {
        assertRefused(vmdkWith("SPARSE \"disk", "SPARSE \"/etc"), "names other files");
        assertRefused(vmdkWith("parentCID=ffffffff", "parentCID=12345678"), "snapshot that needs another file");
        assertRefused(vmdkWith("monolithicSparse\"", "vmfsRaw\"         "), "several files or uses a disk");
        assertRefused(vmdkWith("# The Disk Data Base", "RW 9 FLAT \"/etc/x\" 0"), "names other files");
        assertRefused(TestImages.put(images.make("vmdk"), 12, 0, 8), "header cannot be right");
    }

    @Test
    void aVdiThatIsADifference() {
        assertRefused(TestImages.put(images.make("vdi"), 76, 0x0400_0000, 4), "difference to another one");
        assertRefused(TestImages.put(images.make("vdi"), 440, 1, 8), "difference to another one");
    }

    private Path vmdkWith(String text, String other) throws IOException {
        Path image = images.make("vmdk");
        String content = Files.readString(image, StandardCharsets.ISO_8859_1);
        assertThat(content).contains(text);
        return Files.writeString(image, content.replace(text, other), StandardCharsets.ISO_8859_1);
    }

    private void assertRefused(Path image, String sentence) {
        assertRefused(image, Optional.empty(), sentence);
    }

    private void assertRefused(Path image, Optional<DiskFormat> format, String sentence) {
        HypervisorException refusal = catchThrowableOfType(
                HypervisorException.class,
                () -> importer.importImage(image, format, folder, new ImageLimits(1L << 30, 64L << 30), Progress.NONE));

        assertThat(refusal).as("refusal of %s", image).isNotNull().hasMessageContaining(sentence);
        assertThat(refusal.error()).isEqualTo(HypervisorError.IMAGE_INVALID);
        assertThat(folder).isEmptyDirectory();
    }
}
