package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.Program;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.app.TestApk;
import org.kdcloudlet.server.cli.CuttingProxy.End;
import org.kdcloudlet.server.upload.UploadKind;

/** Files that commands bring to a cloudlet elsewhere, over connections that break. */
@Timeout(180)
class RemoteUploadTest {
    private static final int LENGTH = 3_000_000;
    private static final String IMAGES = "/v1/services/demo/images";

    @TempDir
    private Path folder;

    private TestServer server;
    private Path image;

    @BeforeEach
    void start() throws IOException {
        Path imports = Files.createDirectory(folder.resolve("import"));
        server = TestServer.withManager(
                folder.resolve("data"), Map.of("manager.tls", "own", "packages.import-folder", imports.toString()));
        here("service", "add", "demo", "--port", "9000", "--pool", "0");
        Path token = Files.createFile(
                token(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(token, here("token", "create", "elsewhere", "--role", "operator"));
        Files.writeString(folder.resolve("ca.pem"), here("admin", "certificate"));
        byte[] content = new byte[LENGTH];
        new Random(7).nextBytes(content);
        image = Files.write(folder.resolve("disk.img"), content);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Path token() {
        return folder.resolve("token");
    }

    private String here(String... command) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of("--data", folder.resolve("data").toString()));
        CommandRun ended = CommandRun.of(arguments);
        assertThat(ended.status()).as("%s", ended).isZero();
        return ended.out();
    }

    private List<String> arguments(int port, String... command) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of("--url", "https://127.0.0.1:" + port, "--token-file", token().toString()));
        arguments.addAll(List.of("--ca", folder.resolve("ca.pem").toString()));
        return arguments;
    }

    private CommandRun there(int status, int port, String... command) {
        CommandRun ended = CommandRun.of(arguments(port, command));
        assertThat(ended.status()).as("%s", ended).isEqualTo(status);
        return ended;
    }

    private int manager() {
        return server.manager().getPort();
    }

    private String sha256OfTheVersion() throws IOException {
        return server.json(server.admin("GET", IMAGES, ""))
                .at("/images/0/sha256")
                .asText();
    }

    private String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    private File[] kept() {
        return folder.resolve("data/resumable-uploads").toFile().listFiles();
    }

    @Test
    void goesOnOverConnectionsThatBreak() throws Exception {
        try (CuttingProxy bad = new CuttingProxy(manager(), LENGTH / 3, End.BREAK)) {
            CommandRun ended = there(0, bad.port(), "image", "import", "demo", image.toString());
            assertThat(ended.out()).contains("The image is ready.");
            assertThat(ended.err()).contains("trying again", "sends disk.img, 90 % of 2.9 MiB");
            assertThat(bad.ended()).isGreaterThanOrEqualTo(3);
            assertThat(bad.passed()).as("what has arrived is not sent again").isLessThan(LENGTH * 3L / 2);
        }
        assertThat(sha256OfTheVersion()).isEqualTo(sha256(image));
        assertThat(kept()).isEmpty();
    }

    @Test
    void theSameCommandGoesOnWhereItWasInterrupted() throws Exception {
        try (CuttingProxy bad = new CuttingProxy(manager(), LENGTH / 2, End.STAND_STILL)) {
            Path err = folder.resolve("err");
            Process first = new Program()
                    .start(
                            folder.resolve("out"),
                            err,
                            arguments(bad.port(), "image", "import", "demo", image.toString()));
            try {
                await().atMost(Program.PATIENCE).until(() -> bad.ended() == 1);
            } finally {
                first.destroy();
                assertThat(first.waitFor(Program.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();
            }
            assertThat(err).content().contains("the same command goes on with it", "./cloudlet upload remove");
        }
        assertThat(there(0, manager(), "upload", "list").out()).contains("disk.img");
        try (CuttingProxy good = new CuttingProxy(manager(), Long.MAX_VALUE, End.BREAK)) {
            CommandRun second = there(0, good.port(), "image", "import", "demo", image.toString());
            assertThat(second.err()).contains("goes on with disk.img");
            assertThat(good.passed()).isLessThan(LENGTH * 2L / 3);
        }
        assertThat(sha256OfTheVersion()).isEqualTo(sha256(image));
        assertThat(kept()).isEmpty();
    }

    @Test
    void whatArrivedIsNotSentAgainAfterAnImportThatFailed() throws Exception {
        Path broken = Files.move(image, folder.resolve("broken.csvm"));
        there(1, manager(), "service", "import", broken.toString());
        try (CuttingProxy good = new CuttingProxy(manager(), Long.MAX_VALUE, End.BREAK)) {
            CommandRun second = there(1, good.port(), "service", "import", broken.toString());
            assertThat(second.err()).contains("have arrived before", "did not succeed");
            assertThat(good.passed()).isLessThan(100_000);
        }
        String id = new ObjectMapper()
                .readTree(there(0, manager(), "upload", "list", "--json").out())
                .at("/uploads/0/id")
                .asText();
        there(0, manager(), "upload", "remove", id);
        assertThat(kept()).isEmpty();
        assertThat(there(1, manager(), "upload", "remove", id).err()).contains("There is no such upload");
    }

    @Test
    void aFileThatChangedMeanwhileIsNotHalfOfOneAndHalfOfAnother() throws Exception {
        try (CuttingProxy bad = new CuttingProxy(manager(), LENGTH / 3, End.BREAK);
                AdminClient client = client(bad.port())) {
            Thread writer = new Thread(() -> {
                await().atMost(Program.PATIENCE).until(() -> bad.ended() > 0);
                image.toFile().setLastModified(Instant.EPOCH.toEpochMilli());
            });
            writer.start();
            assertThatThrownBy(() -> new FileUpload(client, UploadKind.IMAGE).send(IMAGES, image))
                    .hasMessageContaining("was changed while it was sent");
            writer.join();
        }
        assertThat(kept()).isEmpty();
    }

    private AdminClient client(int port) throws IOException {
        return new AdminClient(NetworkLink.to(
                "https://127.0.0.1:" + port,
                Files.readString(token()).strip(),
                ServerTrust.of(folder.resolve("ca.pem"))));
    }

    @Test
    void itIsGivenUpWhenNothingMoreArrivesForLong() throws Exception {
        try (CuttingProxy bad = new CuttingProxy(manager(), LENGTH / 2, End.BREAK);
                AdminClient client = client(bad.port())) {
            assertThatThrownBy(() -> new FileUpload(client, UploadKind.IMAGE, Duration.ZERO).send(IMAGES, image))
                    .isInstanceOf(CommandFailedException.class)
                    .hasMessageContaining("broke off")
                    .hasMessageContaining("What has arrived is kept for a day");
        }
        assertThat(kept()).hasSize(2);
        Files.setLastModifiedTime(image, FileTime.from(Instant.EPOCH));
        there(0, manager(), "image", "import", "demo", image.toString());
        assertThat(kept()).as("another file is another upload").hasSize(2);
    }

    @Test
    void packagesAndAppsGoTheSameWayAndRefusalsAreToldAtOnce() throws Exception {
        there(0, manager(), "image", "import", "demo", image.toString());
        Path saved = folder.resolve("demo.csvm");
        there(0, manager(), "service", "export", "demo", saved.toString());
        here("service", "remove", "demo");
        there(0, manager(), "service", "import", saved.toString());
        TestApk apks = new TestApk(folder);
        there(
                0,
                manager(),
                "app",
                "add",
                apks.make("org.example.speech", 7, "1.0").toString());
        Path newer = apks.make("org.example.speech", 8, "2.0");
        there(0, manager(), "app", "replace", "org.example.speech", newer.toString());
        assertThat(there(0, manager(), "app", "list").out()).contains("2.0");
        assertThat(here("audit", "--action", "uploads.append", "--limit", "50").lines())
                .hasSizeGreaterThanOrEqualTo(5);
        CommandRun refused = there(1, manager(), "app", "replace", "org.example.speech", image.toString());
        assertThat(refused.err()).doesNotContain("trying again");
        Path empty = Files.createFile(folder.resolve("empty.img"));
        assertThat(there(1, manager(), "image", "import", "demo", empty.toString())
                        .err())
                .contains("an empty file cannot be used");
        assertThat(there(1, manager(), "image", "import", "demo", "nowhere").err())
                .contains("There is no file");
    }

    @Test
    void anImageOfTheImportFolderNeedsNoUpload() throws Exception {
        Files.copy(image, folder.resolve("import/disk.img"));
        there(0, manager(), "image", "import", "demo", "--from-folder", "disk.img");
        assertThat(sha256OfTheVersion()).isEqualTo(sha256(image));
        assertThat(there(1, manager(), "image", "import", "demo", "--from-folder", "other.img")
                        .err())
                .contains("There is no file of this name in the import folder");
    }

    /** A token of that role for the commands that follow. */
    private void become(String role) throws IOException {
        Files.writeString(token(), here("token", "create", role, "--role", role));
    }

    /** A backup of another cloudlet, with an image in it. */
    private Path backup() throws IOException {
        BackupCloudlets cloudlets = new BackupCloudlets(folder);
        try (TestServer ridge = new TestServer(cloudlets.data("ridge"))) {
            cloudlets.done(
                    "ridge", "service", "add", "one", "--port", "9000", "--pool", "0", "--image", image.toString());
            assertThat(ridge.apiPort()).isPositive();
            return cloudlets.save("ridge", "--images");
        }
    }

    @Test
    void aBackupIsRestoredOverConnectionsThatBreak() throws Exception {
        Path file = backup();
        long length = Files.size(file);
        assertThat(length).isGreaterThan(LENGTH);
        here("service", "remove", "demo");
        become("administrator");
        try (CuttingProxy bad = new CuttingProxy(manager(), length / 2, End.BREAK)) {
            CommandRun ended = there(0, bad.port(), "backup", "restore", "--no-wait", file.toString());
            assertThat(ended.err()).contains("trying again");
            assertThat(ended.out()).contains("The server starts anew with it.");
            assertThat(bad.passed()).as("what has arrived is not sent again").isLessThan(length * 7 / 4);
        }
        assertThat(server.server().restart().get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(kept()).isEmpty();
    }

    @Test
    void aBackupIsRefusedBeforeAnythingOfItIsSent() throws Exception {
        CommandRun refused = there(1, manager(), "backup", "restore", image.toString());
        assertThat(refused.err()).contains("needs the role administrator");
        become("administrator");
        CommandRun full = there(1, manager(), "backup", "restore", image.toString());
        assertThat(full.err()).contains("services");
        assertThat(kept()).isEmpty();
    }
}
