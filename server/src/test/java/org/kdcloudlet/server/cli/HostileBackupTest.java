package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.backup.BackupFile;

/** Backups that are damaged or made by somebody hostile. */
@Timeout(180)
class HostileBackupTest {
    @TempDir
    private Path folder;

    private BackupCloudlets cloudlets;
    private TestServer ridge;

    @BeforeEach
    void start() {
        cloudlets = new BackupCloudlets(folder);
        ridge = new TestServer(cloudlets.data("ridge"));
    }

    @AfterEach
    void stop() {
        ridge.close();
    }

    @Test
    void oneThatIsCutOffOrChangedIsRefusedAndLeavesNothing() throws Exception {
        byte[] whole = Files.readAllBytes(cloudlets.backup(ridge, "--images"));
        Path file = folder.resolve("broken");
        try (TestServer valley = new TestServer(cloudlets.data("valley"))) {
            for (int part = 0; part < 12; part++) {
                Files.write(file, Arrays.copyOf(whole, whole.length * part / 12));
                refused(valley, file);
            }
            for (int part = 0; part < 12; part++) {
                byte[] changed = whole.clone();
                changed[whole.length * part / 12] ^= 0x10;
                Files.write(file, changed);
                refused(valley, file);
            }
            Files.write(file, Arrays.copyOf(whole, whole.length + 2_000_000));
            refused(valley, file);
        }
    }

    @Test
    void hostileOnesAreRefused() throws Exception {
        Path file = cloudlets.backup(ridge, "--images");
        Path evil = folder.resolve("evil");
        try (TestServer valley = new TestServer(cloudlets.data("valley"))) {
            List<BackupFile> hostile = List.of(
                    BackupFile.read(file)
                            .sql(folder, "UPDATE flyway_schema_history SET version = '99' WHERE version = '3'"),
                    BackupFile.read(file)
                            .sql(folder, "CREATE TRIGGER t AFTER INSERT ON audit BEGIN DELETE FROM audit; END"),
                    BackupFile.read(file).sql(folder, "CREATE VIEW v AS SELECT 1"),
                    BackupFile.read(file).sql(folder, "CREATE TABLE more (x)"),
                    BackupFile.read(file).sql(folder, "DROP TABLE administrators"),
                    BackupFile.read(file).sql(folder, "UPDATE image_versions SET sha256 = '../../../../etc/passwd'"),
                    BackupFile.read(file).sql(folder, "UPDATE image_versions SET format = '/../x'"),
                    BackupFile.read(file).sql(folder, "UPDATE services SET definition_json = 'no json'"),
                    BackupFile.read(file).sql(folder, "UPDATE services SET definition_json = '{}'"),
                    BackupFile.read(file).replace("database.sqlite", new byte[0]),
                    BackupFile.read(file).replace("database.sqlite", "no database".getBytes(StandardCharsets.UTF_8)),
                    BackupFile.read(file).manifest("database.sqlite", "../database.sqlite"),
                    BackupFile.read(file).manifest("\"kdcloudlet-backup\"", "\"other\""),
                    BackupFile.read(file).manifest("\"version\" : 1", "\"version\" : 2"),
                    BackupFile.read(file).manifest("\"image-", "\"../image-"),
                    BackupFile.read(file).manifest("\"members\"", "\"others\""),
                    with(file, "../evil"),
                    with(file, "image-" + "0".repeat(64) + ".qcow2"));
            for (BackupFile each : hostile) {
                refused(valley, each.write(evil));
            }
            Files.writeString(evil, "no archive at all");
            refused(valley, evil);
        }
        assertThat(folder.resolve("evil.new")).doesNotExist();
    }

    private static BackupFile with(Path file, String member) throws IOException {
        BackupFile backup = BackupFile.read(file);
        backup.members().put(member, new byte[] {1});
        return backup;
    }

    private void refused(TestServer valley, Path file) throws IOException {
        CommandRun ended = cloudlets.run("valley", "backup", "restore", file.toString());
        assertThat(ended.status()).as("%s", ended).isEqualTo(1);
        assertThat(ended.err()).contains("not a backup that can be restored");
        assertThat(cloudlets.data("valley").resolve("restore")).doesNotExist();
        assertThat(BackupCloudlets.names(cloudlets.data("valley").resolve("uploads")))
                .isEmpty();
        assertThat(valley.server().restart()).isNotDone();
    }
}
