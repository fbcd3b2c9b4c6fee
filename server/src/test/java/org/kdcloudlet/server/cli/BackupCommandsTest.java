package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.app.TestApk;
import org.kdcloudlet.server.backup.BackupFile;
import org.kdcloudlet.server.storage.TemporaryMount;

/** Backups of whole servers on a fake hypervisor, made and restored by the commands. */
@Timeout(180)
class BackupCommandsTest {
    private final ObjectMapper json = new ObjectMapper();

    @TempDir
    private Path folder;

    private TestServer ridge;

    @BeforeEach
    void start() throws IOException {
        ridge = new TestServer(data("ridge"));
    }

    @AfterEach
    void stop() {
        ridge.close();
    }

    private Path data(String name) {
        return folder.resolve(name);
    }

    private CommandRun run(String cloudlet, String... command) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of("--data", data(cloudlet).toString()));
        return CommandRun.of(arguments);
    }

    private void done(String cloudlet, String... command) {
        CommandRun ended = run(cloudlet, command);
        assertThat(ended.status()).as("%s: %s", List.of(command), ended).isZero();
    }

    private JsonNode json(String cloudlet, String... command) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.add("--json");
        return json.readTree(run(cloudlet, arguments.toArray(String[]::new)).out());
    }

    /** A backup of a cloudlet with two services, an app and an account. */
    private Path backup(String... options) throws IOException {
        ridge.serve("one", 0);
        ridge.serve("two", 1);
        Path password = Files.writeString(folder.resolve("password"), "a good password\n");
        done("ridge", "user", "add", "ada", "--role", "administrator", "--password-file", password.toString());
        Path file = folder.resolve("ridge.kdbackup");
        List<String> command = new ArrayList<>(List.of("backup", "create", file.toString()));
        command.addAll(List.of(options));
        done("ridge", command.toArray(String[]::new));
        return file;
    }

    private static List<String> names(Path where) throws IOException {
        try (Stream<Path> files = Files.list(where)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** Restores a backup into an empty cloudlet, as far as its server does that before it starts anew. */
    private CommandRun restore(String cloudlet, Path file) throws Exception {
        try (TestServer server = new TestServer(data(cloudlet))) {
            CommandRun ended = run(cloudlet, "backup", "restore", file.toString());
            if (ended.status() == 0) {
                assertThat(server.server().restart().get(30, TimeUnit.SECONDS)).isTrue();
            }
            return ended;
        }
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
                JsonNode instance = ridge.json(ridge.admin("POST", "/v1/instances", "{\"service_id\":\"busy\"}"));
                ridge.admin("DELETE", "/v1/instances/" + instance.path("id").asText(), "");
                started++;
            }
            return started;
        };
        Future<Integer> starts = devices.submit(starting);
        Path file = backup("--images");
        enough.set(true);
        assertThat(starts.get()).isPositive();
        devices.shutdown();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(names(data("ridge").resolve("backups"))).isEmpty();

        CommandRun restored = restore("valley", file);
        assertThat(restored.status()).as("%s", restored).isZero();
        assertThat(restored.out()).contains("backup of ridge", "with disk images", "starts anew");
        try (TestServer valley = new TestServer(data("valley"))) {
            assertThat(json("valley", "service", "list").path("services").findValuesAsText("service_id"))
                    .containsExactly("busy", "one", "two");
            assertThat(names(data("valley").resolve("images")))
                    .isEqualTo(names(data("ridge").resolve("images")));
            for (String image : names(data("ridge").resolve("images"))) {
                assertThat(data("valley").resolve("images").resolve(image))
                        .hasSameBinaryContentAs(data("ridge").resolve("images").resolve(image));
            }
            done(
                    "valley",
                    "app",
                    "download",
                    "org.example.speech",
                    folder.resolve("saved.apk").toString());
            assertThat(folder.resolve("saved.apk")).hasSameBinaryContentAs(apk);
            assertThat(names(data("valley").resolve("apps")))
                    .isEqualTo(names(data("ridge").resolve("apps")));
            assertThat(json("valley", "user", "list").path("users").findValuesAsText("name"))
                    .containsExactly("ada");
            assertThat(json("valley", "instance", "list").path("instances")).isEmpty();
            JsonNode audit = json("valley", "audit").path("entries");
            assertThat(audit.findValuesAsText("action")).contains("restore.add", "users.add");
            assertThat(data("valley").resolve("restore")).doesNotExist();
            assertThat(run("valley", "instance", "start", "one").status()).isZero();
            assertThat(valley.apiPort()).isPositive();
        }
    }

    @Test
    void withoutImagesServicesSayWhatTheyNeed() throws Exception {
        Path file = backup();
        assertThat(BackupFile.read(file).members().keySet()).containsExactly("manifest.json", "database.sqlite");
        assertThat(restore("valley", file).status()).isZero();
        try (TestServer valley = new TestServer(data("valley"))) {
            CommandRun refused = run("valley", "instance", "start", "one");
            assertThat(refused.status()).isEqualTo(1);
            assertThat(refused.err()).contains("missing", "import it again");
            assertThat(json("valley", "service", "show", "one")
                            .path("attention")
                            .asText())
                    .contains("missing", "SHA-256 " + digest("image of one"));
            Path image = Files.writeString(folder.resolve("image"), "image of one");
            done("valley", "image", "import", "one", image.toString());
            done("valley", "instance", "start", "one");
            assertThat(json("valley", "service", "show", "one")
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
        String token = run("ridge", "token", "create", "x").out().strip();
        Path file = backup("--images");
        for (Map.Entry<String, byte[]> member : BackupFile.read(file).members().entrySet()) {
            String text = new String(member.getValue(), StandardCharsets.ISO_8859_1);
            assertThat(text).as(member.getKey()).doesNotContain(token, "a good password", "PRIVATE KEY");
        }
    }

    @Test
    void onlyAnEmptyCloudletIsRestoredInto() throws Exception {
        Path file = backup();
        CommandRun refused = run("ridge", "backup", "restore", file.toString());
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains("which a restore would replace");
        assertThat(refused.err().lines()).hasSize(1);
        assertThat(run("ridge", "backup", "create", file.toString()).err()).contains("already");
        assertThat(run("ridge", "backup", "restore", "/nowhere/file").status()).isEqualTo(1);
        assertThat(json("ridge", "audit", "--action", "restore")
                        .at("/entries/0/outcome")
                        .asText())
                .isEqualTo("CONFLICT");
        assertThat(json("ridge", "audit", "--action", "backups").path("entries").findValuesAsText("action"))
                .containsExactly("backups.remove", "backups.download", "backups.add");
    }

    @Test
    void oneThatIsCutOffOrChangedIsRefusedAndLeavesNothing() throws Exception {
        byte[] whole = Files.readAllBytes(backup("--images"));
        Path file = folder.resolve("broken");
        try (TestServer valley = new TestServer(data("valley"))) {
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
        Path file = backup("--images");
        Path evil = folder.resolve("evil");
        try (TestServer valley = new TestServer(data("valley"))) {
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
        CommandRun ended = run("valley", "backup", "restore", file.toString());
        assertThat(ended.status()).as("%s", ended).isEqualTo(1);
        assertThat(ended.err()).contains("not a backup that can be restored");
        assertThat(data("valley").resolve("restore")).doesNotExist();
        assertThat(names(data("valley").resolve("uploads"))).isEmpty();
        assertThat(valley.server().restart()).isNotDone();
    }

    @Test
    void aFullDiskRefusesAndLeavesNothing() throws Exception {
        Path file = backup("--images");
        try (TemporaryMount mount = TemporaryMount.of(folder, "24m")) {
            Assumptions.assumeTrue(mount.mounted(), "mounting takes root");
            Map<String, Object> settings = Map.of("instances.disk-reserve", "1MiB");
            try (TestServer small = new TestServer(mount.path().resolve("data"), settings)) {
                Path data = mount.path().resolve("data");
                mount.fill();
                List<String> where = List.of("--data", data.toString());
                assertThat(command(
                                        where,
                                        "backup",
                                        "create",
                                        folder.resolve("small").toString())
                                .status())
                        .isEqualTo(1);
                assertThat(names(data.resolve("backups"))).isEmpty();
                assertThat(folder.resolve("small")).doesNotExist();
                CommandRun refused = command(where, "backup", "restore", file.toString());
                assertThat(refused.status()).isEqualTo(1);
                assertThat(data.resolve("restore")).doesNotExist();
                assertThat(names(data.resolve("uploads"))).isEmpty();
                mount.free();
                assertThat(command(
                                        where,
                                        "backup",
                                        "create",
                                        folder.resolve("small").toString())
                                .status())
                        .isZero();
                assertThat(small.apiPort()).isPositive();
            }
        }
    }

    private static CommandRun command(List<String> where, String... command) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(where);
        return CommandRun.of(arguments);
    }

    @Test
    void aStartThatIsCutOffWhileItTakesOverIsFinishedByTheNext() throws Exception {
        Path file = backup("--images");
        assertThat(restore("valley", file).status()).isZero();
        Path waiting = data("valley").resolve("restore");
        assertThat(names(waiting)).contains("ready", "database.sqlite");
        List<String> steps = new ArrayList<>(names(waiting));
        steps.remove("ready");
        // The order of a start: what it moves, then the database, then the rest of the folder.
        steps.remove("database.sqlite");
        for (String image : steps) {
            move(waiting.resolve(image), data("valley").resolve("images").resolve(image.replace("image-", "")));
            // Whoever looks now finds the empty cloudlet of before with files that nobody names, and a restore that
            // waits.
        }
        Files.deleteIfExists(data("valley").resolve("database/cloudlet.sqlite-wal"));
        move(waiting.resolve("database.sqlite"), data("valley").resolve("database/cloudlet.sqlite"));
        try (TestServer valley = new TestServer(data("valley"))) {
            assertThat(json("valley", "service", "list").path("services")).hasSize(2);
            done("valley", "instance", "start", "one");
            assertThat(waiting).doesNotExist();
            assertThat(valley.apiPort()).isPositive();
        }
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void whatWasNotFinishedIsRemovedAndWhatWasAddedMeanwhileIsKept() throws Exception {
        Path file = backup("--images");
        Files.createDirectories(data("valley").resolve("restore"));
        Files.write(data("valley").resolve("restore/database.sqlite"), new byte[100]);
        assertThat(restore("valley", file).status()).isZero();
        assertThat(data("valley").resolve("restore/ready")).exists();
        Path aside = folder.resolve("aside");
        Files.move(data("valley").resolve("restore"), aside);
        try (TestServer valley = new TestServer(data("valley"))) {
            valley.serve("mine", 0);
        }
        Files.move(aside, data("valley").resolve("restore"));
        try (TestServer valley = new TestServer(data("valley"))) {
            assertThat(json("valley", "service", "list").path("services").findValuesAsText("service_id"))
                    .containsExactly("mine");
            assertThat(data("valley").resolve("restore")).doesNotExist();
            assertThat(valley.apiPort()).isPositive();
        }
    }
}
