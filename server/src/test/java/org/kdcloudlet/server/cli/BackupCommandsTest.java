package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.app.TestApk;
import org.kdcloudlet.server.backup.BackupFile;

/** Backups of whole servers on a fake hypervisor, made and restored by the commands. */
@Timeout(180)
class BackupCommandsTest {
    /** Enough for what goes wrong by chance every other time. */
    private static final int MANY = 20;

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
    void everythingComesBackByDigestAlsoOfACloudletThatIsBusy() throws Exception {
        Path apk = new TestApk(folder).make("org.example.speech", 7, "1.0");
        ridge.publish(apk);
        ridge.serve("busy", 0);
        AtomicBoolean enough = new AtomicBoolean();
        ExecutorService devices = Executors.newSingleThreadExecutor();
        Callable<Integer> starting = () -> {
            int started = 0;
            while (!enough.get()) {
                ridge.admin("DELETE", "/v1/instances/" + ridge.start("busy"), "");
                started++;
            }
            return started;
        };
        Future<Integer> starts = devices.submit(starting);
        Path file = cloudlets.backup(ridge, "--images");
        enough.set(true);
        assertThat(starts.get()).isPositive();
        devices.shutdown();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(BackupCloudlets.names(cloudlets.data("ridge").resolve("backups")))
                .isEmpty();

        CommandRun restored = cloudlets.restore("valley", file);
        assertThat(restored.status()).as("%s", restored).isZero();
        assertThat(restored.out()).contains("backup of ridge", "with disk images", "starts anew");
        try (TestServer valley = new TestServer(cloudlets.data("valley"))) {
            assertThat(cloudlets
                            .json("valley", "service", "list")
                            .path("services")
                            .findValuesAsText("service_id"))
                    .containsExactly("busy", "one", "two");
            assertThat(BackupCloudlets.names(cloudlets.data("valley").resolve("images")))
                    .isEqualTo(BackupCloudlets.names(cloudlets.data("ridge").resolve("images")));
            for (String image : BackupCloudlets.names(cloudlets.data("ridge").resolve("images"))) {
                assertThat(cloudlets.data("valley").resolve("images").resolve(image))
                        .hasSameBinaryContentAs(
                                cloudlets.data("ridge").resolve("images").resolve(image));
            }
            cloudlets.done(
                    "valley",
                    "app",
                    "download",
                    "org.example.speech",
                    folder.resolve("saved.apk").toString());
            assertThat(folder.resolve("saved.apk")).hasSameBinaryContentAs(apk);
            assertThat(BackupCloudlets.names(cloudlets.data("valley").resolve("apps")))
                    .isEqualTo(BackupCloudlets.names(cloudlets.data("ridge").resolve("apps")));
            assertThat(cloudlets.json("valley", "user", "list").path("users").findValuesAsText("name"))
                    .containsExactly("ada");
            assertThat(cloudlets.json("valley", "instance", "list").path("instances"))
                    .isEmpty();
            // Each by its name: the starts of the busy service alone fill what is printed without.
            for (String action : List.of("restore.add", "users.add")) {
                assertThat(cloudlets
                                .json("valley", "audit", "--action", action)
                                .path("entries")
                                .findValuesAsText("action"))
                        .containsOnly(action);
            }
            assertThat(cloudlets.data("valley").resolve("restore")).doesNotExist();
            assertThat(cloudlets.run("valley", "instance", "start", "one").status())
                    .isZero();
            assertThat(valley.apiPort()).isPositive();
        }
    }

    @Test
    void withoutImagesServicesSayWhatTheyNeed() throws Exception {
        Path file = cloudlets.backup(ridge);
        assertThat(BackupFile.read(file).members().keySet()).containsExactly("manifest.json", "database.sqlite");
        assertThat(cloudlets.restore("valley", file).status()).isZero();
        try (TestServer valley = new TestServer(cloudlets.data("valley"))) {
            CommandRun refused = cloudlets.run("valley", "instance", "start", "one");
            assertThat(refused.status()).isEqualTo(1);
            assertThat(refused.err()).contains("missing", "import it again");
            assertThat(cloudlets
                            .json("valley", "service", "show", "one")
                            .path("attention")
                            .asText())
                    .contains("missing", "SHA-256 " + digest("image of one"));
            Path image = Files.writeString(folder.resolve("image"), "image of one");
            cloudlets.done("valley", "image", "import", "one", image.toString());
            cloudlets.done("valley", "instance", "start", "one");
            assertThat(cloudlets
                            .json("valley", "service", "show", "one")
                            .path("attention")
                            .isNull())
                    .isTrue();
            assertThat(valley.apiPort()).isPositive();
        }
    }

    private static String digest(String content) {
        return BackupFile.digest(content.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void noSecretIsInIt() throws Exception {
        String token = cloudlets.run("ridge", "token", "create", "x").out().strip();
        Path file = cloudlets.backup(ridge, "--images");
        for (Map.Entry<String, byte[]> member : BackupFile.read(file).members().entrySet()) {
            String text = new String(member.getValue(), StandardCharsets.ISO_8859_1);
            assertThat(text).as(member.getKey()).doesNotContain(token, "a good password", "PRIVATE KEY");
        }
    }

    @Test
    void onlyAnEmptyCloudletIsRestoredInto() throws Exception {
        Path file = cloudlets.backup(ridge);
        for (int i = 0; i < MANY; i++) {
            CommandRun refused = cloudlets.run("ridge", "backup", "restore", file.toString());
            assertThat(refused.status()).isEqualTo(1);
            assertThat(refused.err())
                    .as("the reason, which comes before the file is sent")
                    .contains("which a restore would replace");
            assertThat(refused.err().lines()).hasSize(1);
        }
        assertThat(cloudlets.run("ridge", "backup", "create", file.toString()).err())
                .contains("already");
        assertThat(cloudlets.run("ridge", "backup", "restore", "/nowhere/file").status())
                .isEqualTo(1);
        assertThat(cloudlets
                        .json("ridge", "audit", "--action", "restore")
                        .at("/entries/0/outcome")
                        .asText())
                .isEqualTo("CONFLICT");
        assertThat(cloudlets
                        .json("ridge", "audit", "--action", "backups")
                        .path("entries")
                        .findValuesAsText("action"))
                .containsExactly("backups.remove", "backups.download", "backups.add");
    }
}
