package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;

/** A log that is longer than what is told at once. */
@Timeout(120)
class AuditExportTest {
    private static final int ENTRIES = 2500;

    @TempDir
    private Path folder;

    private Path data;
    private TestServer server;

    @BeforeEach
    void start() throws SQLException {
        data = folder.resolve("data");
        server = new TestServer(data);
        try (Connection database =
                        DriverManager.getConnection("jdbc:sqlite:" + data.resolve("database/cloudlet.sqlite"));
                Statement statement = database.createStatement()) {
            statement.executeUpdate(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + ENTRIES
                            + ") INSERT INTO audit SELECT 1000000 + i, strftime('%s', 'now') * 1000, CASE i % 5 WHEN 0 THEN '=ada' ELSE 'bob' END,"
                            + " 'TOKEN', '192.0.2.1', 'services.edit', 'a \"service\", ' || i, 'done' FROM n");
        }
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private CommandRun save(Path file, String... arguments) {
        List<String> all = new ArrayList<>(List.of("audit", "--data", data.toString(), "--save", file.toString()));
        all.addAll(List.of(arguments));
        return CommandRun.of(all);
    }

    private Path saved(String... arguments) throws IOException {
        Path file = folder.resolve("saved");
        Files.deleteIfExists(file);
        CommandRun run = save(file, arguments);
        assertThat(run.status()).as("%s", run).isZero();
        return file;
    }

    @Test
    void allOfItIsSavedTheLatestFirstAndNothingTwice() throws Exception {
        JsonNode entries = new ObjectMapper()
                .readTree(saved("--action", "services").toFile())
                .path("entries");
        assertThat(entries.findValuesAsText("target")).hasSize(ENTRIES).doesNotHaveDuplicates();
        assertThat(entries.get(0).path("target").asText()).isEqualTo("a \"service\", " + ENTRIES);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("saved"))))
                .isEqualTo("rw-------");
    }

    @Test
    void asCsvTooAndOnlyWhatFits() throws Exception {
        List<String> lines = Files.readAllLines(saved("--csv", "--actor", "=ada", "--limit", "7"));
        assertThat(lines.get(0)).isEqualTo("id,time,actor,via,address,action,target,outcome");
        assertThat(lines).hasSize(1 + ENTRIES / 5);
        assertThat(lines.get(1)).contains("\"'=ada\"", "\"a \"\"service\"\", 2500\"");
    }

    @Test
    void whatFitsNobodyIsAnEmptyFileThatCanBeRead() throws Exception {
        assertThat(Files.readString(saved("--actor", "nobody"))).isEqualTo("{\"entries\":[]}");
        assertThat(Files.readAllLines(saved("--csv", "--actor", "nobody"))).hasSize(1);
    }

    @Test
    void aFilterThatIsNoneIsRefusedBeforeAnythingIsSaved() {
        Path file = folder.resolve("saved");
        CommandRun run = save(file, "--since", "yesterday");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("since must be a day");
        assertThat(file).doesNotExist();
    }
}
