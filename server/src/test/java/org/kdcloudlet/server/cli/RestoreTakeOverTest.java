package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;

/** Starts that take over what a backup brought. */
@Timeout(180)
class RestoreTakeOverTest {
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
    void aStartThatIsCutOffWhileItTakesOverIsFinishedByTheNext() throws Exception {
        Path file = cloudlets.backup(ridge, "--images");
        assertThat(cloudlets.restore("valley", file).status()).isZero();
        Path waiting = cloudlets.data("valley").resolve("restore");
        assertThat(BackupCloudlets.names(waiting)).contains("ready", "database.sqlite");
        List<String> steps = new ArrayList<>(BackupCloudlets.names(waiting));
        steps.remove("ready");
        // The order of a start: what it moves, then the database, then the rest of the folder.
        steps.remove("database.sqlite");
        for (String image : steps) {
            move(
                    waiting.resolve(image),
                    cloudlets.data("valley").resolve("images").resolve(image.replace("image-", "")));
            // Whoever looks now finds the empty cloudlet of before with files that nobody names, and a restore that
            // waits.
        }
        Files.deleteIfExists(cloudlets.data("valley").resolve("database/cloudlet.sqlite-wal"));
        move(waiting.resolve("database.sqlite"), cloudlets.data("valley").resolve("database/cloudlet.sqlite"));
        try (TestServer valley = new TestServer(cloudlets.data("valley"))) {
            assertThat(cloudlets.json("valley", "service", "list").path("services"))
                    .hasSize(2);
            cloudlets.done("valley", "instance", "start", "one");
            assertThat(waiting).doesNotExist();
            assertThat(valley.apiPort()).isPositive();
        }
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void whatWasNotFinishedIsRemovedAndWhatWasAddedMeanwhileIsKept() throws Exception {
        Path file = cloudlets.backup(ridge, "--images");
        Files.createDirectories(cloudlets.data("valley").resolve("restore"));
        Files.write(cloudlets.data("valley").resolve("restore/database.sqlite"), new byte[100]);
        assertThat(cloudlets.restore("valley", file).status()).isZero();
        assertThat(cloudlets.data("valley").resolve("restore/ready")).exists();
        Path aside = folder.resolve("aside");
        Files.move(cloudlets.data("valley").resolve("restore"), aside);
        try (TestServer valley = new TestServer(cloudlets.data("valley"))) {
            valley.serve("mine", 0);
        }
        Files.move(aside, cloudlets.data("valley").resolve("restore"));
        try (TestServer valley = new TestServer(cloudlets.data("valley"))) {
            assertThat(cloudlets
                            .json("valley", "service", "list")
                            .path("services")
                            .findValuesAsText("service_id"))
                    .containsExactly("mine");
            assertThat(cloudlets.data("valley").resolve("restore")).doesNotExist();
            assertThat(valley.apiPort()).isPositive();
        }
    }
}
