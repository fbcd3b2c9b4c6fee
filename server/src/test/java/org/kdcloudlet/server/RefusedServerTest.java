package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.storage.TemporaryMount;

/**
 * The whole program, in a process of its own, where it cannot run: one sentence on standard error, status 1, nothing changed,
 * and nothing in the way of the next start.
 */
class RefusedServerTest {
    /** How a line of the log begins, which is on standard error too. */
    private static final Pattern LOGGED = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\S+ (INFO|WARN) ");

    private static final Pattern WORKING_FILE = Pattern.compile("(server\\.pid|-wal|-shm)$");

    @TempDir
    private Path folder;

    @Test
    void aReadOnlyDataDirectory() throws Exception {
        try (TemporaryMount mount = TemporaryMount.of(folder, "4m")) {
            assumeTrue(mount.mounted(), "mounting takes root");
            Path data = mount.path().resolve("data");
            leaveAService(data);
            Map<Path, String> before = files(data);
            mount.remount("ro");
            assertRefused(new ServerSetup(folder).data(data), data + " cannot be written: Read-only file system");
            assertRefused(
                    new ServerSetup(folder).data(mount.path().resolve("new")), "new cannot be written: Read-only");
            assertThat(files(data)).isEqualTo(before);
            mount.remount("rw");
            assertTheServiceIsThere(data);
        }
    }

    @Test
    void aFullDisk() throws Exception {
        try (TemporaryMount mount = TemporaryMount.of(folder, "4m")) {
            assumeTrue(mount.mounted(), "mounting takes root");
            mount.fill();
            Path data = mount.path().resolve("data");
            assertRefused(new ServerSetup(folder).data(data), "No space left");
            mount.free();
            leaveAService(data);
            Map<Path, String> before = files(data);
            mount.fill();
            assertRefused(new ServerSetup(folder).data(data), "No space left");
            assertThat(files(data)).isEqualTo(before);
            mount.free();
            assertTheServiceIsThere(data);
        }
    }

    @Test
    void aDatabaseOfANewerSchema() throws Exception {
        Path data = folder.resolve("data");
        leaveAService(data);
        execute(
                data,
                "INSERT INTO flyway_schema_history (installed_rank, version, description, type, script,"
                        + " checksum, installed_by, execution_time, success)"
                        + " VALUES (999, '999', 'future', 'SQL', 'V999__future.sql', 1, 'test', 1, 1)");
        Map<Path, String> before = files(data);
        assertRefused(new ServerSetup(folder), "made by a newer KD-Cloudlet");
        assertThat(files(data)).isEqualTo(before);
        execute(data, "DELETE FROM flyway_schema_history WHERE installed_rank = 999");
        assertTheServiceIsThere(data);
    }

    @Test
    void noQemu() throws Exception {
        String qemu = "/usr/bin/qemu-system-x86_64";
        assertRefused(
                new ServerSetup(folder).within("bwrap", "--dev-bind", "/", "/", "--dev-bind", "/dev/null", qemu),
                "Not found or not executable: qemu-system-x86_64; install the packages: qemu-system-x86.");
        leaveAService(folder.resolve("data"));
    }

    @Test
    void anOldQemu() throws Exception {
        Path programs = Files.createDirectory(folder.resolve("programs"));
        Path old = Files.writeString(
                programs.resolve("qemu-system-x86_64"),
                "#!/bin/sh\necho 'QEMU emulator version 6.2.0 (Debian 1:6.2)'\n");
        Files.setPosixFilePermissions(old, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertRefused(
                new ServerSetup(folder).environment("PATH", programs + ":" + System.getenv("PATH")),
                old + " is version 6.2.0; version 7.2.0 or newer is needed");
        leaveAService(folder.resolve("data"));
    }

    private static void assertRefused(ServerSetup setup, String reason) throws IOException, InterruptedException {
        Program.Ended ended = setup.startInVain();
        assertThat(ended.err().lines().filter(line -> !LOGGED.matcher(line).lookingAt()))
                .as(ended.err())
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .startsWith("cloudlet: ")
                        .contains(reason)
                        .doesNotContain("Exception"));
        assertThat(ended.out()).isEmpty();
        assertThat(ended.status()).isEqualTo(1);
    }

    private void leaveAService(Path data) throws IOException, InterruptedException {
        try (ServerProcess server = new ServerSetup(folder).data(data).start()) {
            server.command("service", "add", "kept", "--port", "8080");
        }
    }

    private void assertTheServiceIsThere(Path data) throws IOException, InterruptedException {
        try (ServerProcess server = new ServerSetup(folder).data(data).start()) {
            assertThat(server.command("service", "show", "kept")
                            .path("service_id")
                            .asText())
                    .isEqualTo("kept");
        }
    }

    private static void execute(Path data, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + data + "/database/cloudlet.sqlite");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Every file below a data directory with its content, but the last server's process id and what SQLite works in. */
    private static Map<Path, String> files(Path data) throws Exception {
        Map<Path, String> contents = new TreeMap<>();
        try (Stream<Path> all = Files.walk(data)) {
            for (Path path : all.filter(
                            file -> !WORKING_FILE.matcher(file.toString()).find())
                    .toList()) {
                byte[] content = Files.isRegularFile(path) ? Files.readAllBytes(path) : new byte[0];
                contents.put(
                        path,
                        HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256").digest(content)));
            }
        }
        return contents;
    }
}
