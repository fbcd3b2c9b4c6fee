package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.storage.TemporaryMount;

/** Backups that are made and restored while the disk gets full. */
@Timeout(180)
class FullDiskBackupTest {
    private static final int IMAGE = 12 << 20;
    private static final int LITTLE = 4 << 20;
    /** On the mount. */
    private static final String SMALL = "mount/data";

    @TempDir
    private Path folder;

    private BackupCloudlets cloudlets;
    private TemporaryMount mount;

    @BeforeEach
    void start() throws IOException {
        cloudlets = new BackupCloudlets(folder);
        mount = TemporaryMount.of(folder, "96m");
    }

    @AfterEach
    void stop() throws IOException {
        mount.close();
    }

    /** A backup of a cloudlet with an image that nothing packs. */
    private Path backup() throws IOException {
        byte[] image = new byte[IMAGE];
        new Random(3).nextBytes(image);
        Path file = Files.write(folder.resolve("disk.img"), image);
        try (TestServer ridge = new TestServer(cloudlets.data("ridge"))) {
            cloudlets.done("ridge", "service", "add", "large", "--port", "9000", "--image", file.toString());
            assertThat(ridge.apiPort()).isPositive();
            return cloudlets.save("ridge", "--images");
        }
    }

    private void leave(long bytes) throws IOException {
        FileStore store = Files.getFileStore(mount.path());
        mount.remount("size=" + (store.getTotalSpace() - store.getUsableSpace() + bytes));
    }

    private void leavePlenty() throws IOException {
        mount.remount("size=96m");
    }

    private void refused(String... command) {
        CommandRun ended = cloudlets.run(SMALL, command);
        assertThat(ended.status()).as("%s", ended).isEqualTo(1);
        assertThat(ended.err().lines().reduce((first, last) -> last))
                .hasValueSatisfying(last -> assertThat(last).containsPattern("disk is full|has no room"));
    }

    private void nothingIsIn(String... folders) throws IOException {
        for (String each : folders) {
            assertThat(BackupCloudlets.names(cloudlets.data(SMALL).resolve(each)))
                    .as(each)
                    .isEmpty();
        }
    }

    /** The reserve of the disk is noticed before it is full; without one, the disk is really full. */
    @ParameterizedTest
    @ValueSource(strings = {"0B", "1MiB"})
    void inTheMiddleOfABackupOrARestoreItSaysSoAndLeavesNothing(String reserve) throws Exception {
        assumeTrue(mount.mounted(), "mounting takes root");
        Path file = backup();
        Map<String, Object> settings = Map.of("instances.disk-reserve", reserve);
        try (TestServer small = new TestServer(cloudlets.data(SMALL), settings)) {
            leave(IMAGE + LITTLE);
            refused("backup", "restore", file.toString());
            assertThat(cloudlets.data(SMALL).resolve("restore")).doesNotExist();
            nothingIsIn("uploads", "images");
            assertThat(small.server().restart()).isNotDone();
            leavePlenty();
            cloudlets.done(SMALL, "backup", "restore", "--no-wait", file.toString());
            assertThat(small.server().restart().get(30, TimeUnit.SECONDS)).isTrue();
        }
        try (TestServer small = new TestServer(cloudlets.data(SMALL), settings)) {
            Path saved = folder.resolve("saved");
            leave(LITTLE);
            refused("backup", "create", saved.toString(), "--images");
            nothingIsIn("backups");
            assertThat(saved).doesNotExist();
            cloudlets.done(SMALL, "service", "show", "large");
            leavePlenty();
            cloudlets.done(SMALL, "backup", "create", saved.toString(), "--images");
            assertThat(saved).isNotEmptyFile();
            assertThat(small.apiPort()).isPositive();
        }
    }

    @Test
    void onADiskThatIsFullNothingIsBegun() throws Exception {
        assumeTrue(mount.mounted(), "mounting takes root");
        Path file = backup();
        try (TestServer small = new TestServer(cloudlets.data(SMALL), Map.of("instances.disk-reserve", "1MiB"))) {
            mount.fill();
            Path saved = folder.resolve("saved");
            assertThat(cloudlets
                            .run(SMALL, "backup", "create", saved.toString())
                            .status())
                    .isEqualTo(1);
            assertThat(cloudlets
                            .run(SMALL, "backup", "restore", file.toString())
                            .status())
                    .isEqualTo(1);
            nothingIsIn("backups", "uploads");
            assertThat(saved).doesNotExist();
            assertThat(cloudlets.data(SMALL).resolve("restore")).doesNotExist();
            mount.free();
            cloudlets.done(SMALL, "backup", "create", saved.toString());
            assertThat(small.apiPort()).isPositive();
        }
    }
}
