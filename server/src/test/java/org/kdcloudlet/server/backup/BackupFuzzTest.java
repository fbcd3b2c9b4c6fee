package org.kdcloudlet.server.backup;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.fuzzing.Fuzzing;
import org.kdcloudlet.fuzzing.Mutations;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Backups that nobody made: read, or refused as they should be, and nothing is written beside the folder. */
class BackupFuzzTest {
    private static final byte[] DATABASE = "a database".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] IMAGE = new byte[3000];
    private static final int BLOCK = 512;
    private static final int CHECKSUM = 148;
    private static final int CHECKSUM_LENGTH = 8;

    @TempDir
    private Path folder;

    private Path unpacked;

    @BeforeEach
    void make() throws IOException {
        unpacked = Files.createDirectory(folder.resolve("unpacked"));
    }

    private static BackupManifest manifest() {
        String image = BackupFile.digest(IMAGE);
        return new BackupManifest(
                "ridge",
                "1.0",
                3,
                Instant.EPOCH,
                true,
                List.of(
                        new BackupManifest.Member(
                                BackupManifest.DATABASE, DATABASE.length, BackupFile.digest(DATABASE)),
                        new BackupManifest.Member("image-" + image + ".raw", IMAGE.length, image)));
    }

    private static byte[] tar(boolean links) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            put(tar, BackupManifest.NAME, manifest().write());
            if (links) {
                TarArchiveEntry link = new TarArchiveEntry(BackupManifest.DATABASE, TarConstants.LF_SYMLINK);
                link.setLinkName("../../etc/passwd");
                tar.putArchiveEntry(link);
                tar.closeArchiveEntry();
            }
            put(tar, BackupManifest.DATABASE, DATABASE);
            put(tar, manifest().members().get(1).name(), IMAGE);
        }
        return bytes.toByteArray();
    }

    private static void put(TarArchiveOutputStream tar, String name, byte[] content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    /** Mostly makes the checksum of each header right again, without which nothing behind it is read. */
    private static byte[] withChecksums(byte[] tar, Random random) {
        if (random.nextInt(8) == 0) {
            return tar;
        }
        byte[] mended = tar.clone();
        for (int header = 0; header + BLOCK <= mended.length; header += BLOCK) {
            boolean isHeader = new String(mended, header + 257, 5, StandardCharsets.US_ASCII).equals("ustar");
            if (isHeader) {
                Arrays.fill(mended, header + CHECKSUM, header + CHECKSUM + CHECKSUM_LENGTH, (byte) ' ');
                int sum = 0;
                for (int at = header; at < header + BLOCK; at++) {
                    sum += mended[at] & 0xff;
                }
                byte[] text = String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
                System.arraycopy(text, 0, mended, header + CHECKSUM, text.length);
            }
        }
        return mended;
    }

    @Test
    void whateverAnArchiveHasItIsReadOrRefusedAndLeavesNoOtherFile() throws Exception {
        Mutations tars = Mutations.of(List.of(tar(false), tar(true)))
                .words("../", "/", "database.sqlite", "manifest.json", "12 path=../x\n", ".raw", "\"bytes\" : -1");
        Fuzzing.Generator archives = random -> {
            if (random.nextInt(20) == 0) {
                return Zstd.compress(tar(false), 1 + random.nextInt(3));
            }
            byte[] archive = Zstd.compress(withChecksums(tars.next(random), random));
            if (random.nextInt(8) == 0) {
                archive[random.nextInt(archive.length)] ^= (byte) (1 << random.nextInt(8));
            }
            return archive;
        };
        Fuzzing.of(BackupFuzzTest.class, "backup-archive")
                .run(archives, this::isRead)
                .requireBoth();
    }

    private boolean isRead(byte[] archive) throws IOException {
        Path file = Files.write(folder.resolve("backup"), archive);
        try {
            BackupManifest read = BackupReader.read(file, unpacked, () -> {}, (done, total) -> {});
            for (BackupManifest.Member member : read.members()) {
                assertThat(BackupFile.digest(Files.readAllBytes(unpacked.resolve(member.name()))))
                        .isEqualTo(member.sha256());
            }
            return true;
        } catch (CloudletException refused) {
            assertThat(refused.code()).as(refused.getMessage()).isEqualTo(ErrorCode.BACKUP_INVALID);
            return false;
        } finally {
            assertThat(names(folder)).containsExactlyInAnyOrder("backup", "unpacked");
            for (String name : names(unpacked)) {
                Path each = unpacked.resolve(name);
                assertThat(Files.isRegularFile(each, LinkOption.NOFOLLOW_LINKS)).isTrue();
                assertThat(name).matches("database\\.sqlite|(app|image)-[0-9a-f]{64}\\.[a-z0-9]+");
                Files.delete(each);
            }
        }
    }

    private static List<String> names(Path where) throws IOException {
        try (Stream<Path> files = Files.list(where)) {
            return new ArrayList<>(
                    files.map(each -> each.getFileName().toString()).toList());
        }
    }

    @Test
    void whateverAManifestSaysItNamesFilesOfABackupOrIsRefused() {
        Mutations manifests = Mutations.of(List.of(manifest().write()))
                .words("../", "database.sqlite", "image-", ".qcow2", "\"members\"", "[", "{", "-1", "1e999", "null");
        Fuzzing.of(BackupFuzzTest.class, "backup-manifest")
                .run(manifests, bytes -> {
                    try {
                        BackupManifest read = BackupManifest.parse(bytes);
                        assertThat(read.members()).allSatisfy(member -> {
                            assertThat(member.name()).doesNotContain("/", "..");
                            assertThat(member.bytes()).isNotNegative();
                        });
                        assertThat(BackupManifest.parse(read.write())).isEqualTo(read);
                        return true;
                    } catch (CloudletException refused) {
                        assertThat(refused.code()).isEqualTo(ErrorCode.BACKUP_INVALID);
                        return false;
                    }
                })
                .requireBoth();
    }
}
