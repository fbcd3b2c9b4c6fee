package org.kdcloudlet.server.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.app.TestApk;
import org.kdcloudlet.server.storage.DataDirectory;
import org.kdcloudlet.server.storage.MortalFileSystem;

/** A restore that is killed before each of its changes to files: the next start has all of it or nothing. */
@Timeout(300)
class KilledRestoreTest {
    private static final int MOST_CHANGES = 200;

    @TempDir
    private static Path folder;

    private static Path backup;
    private static List<String> images;
    private static List<String> apps;

    @BeforeAll
    static void save() throws Exception {
        Path ridge = folder.resolve("ridge");
        try (TestServer server = new TestServer(ridge)) {
            server.serve("one", 0);
            server.serve("two", 0);
            server.publish(new TestApk(folder).make("org.example.speech", 7, "1.0"));
            String operation = server.json(server.admin("POST", "/v1/backups?images=true", ""))
                    .path("id")
                    .asText();
            String name = server.json(server.admin("GET", "/v1/operations/" + operation + "/wait?seconds=60", ""))
                    .path("result")
                    .asText();
            backup = Files.copy(ridge.resolve("backups").resolve(name), folder.resolve("backup"));
        }
        images = names(ridge.resolve("images"));
        apps = names(ridge.resolve("apps"));
        assertThat(images).hasSize(2);
    }

    private static List<String> names(Path where) throws IOException {
        try (Stream<Path> files = Files.list(where)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** What a server does with the files of a data directory. */
    @FunctionalInterface
    private interface Work {
        void on(DataDirectory directory) throws Exception;
    }

    /** Does work that is killed before one change after another, until it comes to its end; returns how many there were. */
    private static int killEverywhere(String kind, Work before, Work work, Work after) throws Exception {
        for (int changes = 0; changes < MOST_CHANGES; changes++) {
            Path data = folder.resolve(kind + "-" + changes);
            on(data, before);
            boolean killed = isKilled(data, changes, work);
            on(data, directory -> new PendingRestore(directory).takeOver());
            on(data, after);
            if (!killed) {
                return changes;
            }
        }
        throw new AssertionError("it has no end");
    }

    private static boolean isKilled(Path data, int changes, Work work) throws Exception {
        // Opening the directory makes nothing and so is no change, but writing who holds it is.
        Path mortal = MortalFileSystem.of(data, changes + 1);
        try (DataDirectory directory = DataDirectory.open(mortal)) {
            work.on(directory);
            return false;
        } catch (MortalFileSystem.Killed killed) {
            return true;
        }
    }

    private static void on(Path data, Work work) throws Exception {
        try (DataDirectory directory = DataDirectory.open(data)) {
            work.on(directory);
        }
    }

    private static void unpack(DataDirectory directory) {
        PendingRestore pending = new PendingRestore(directory);
        BackupReader.read(backup, pending.begin(), () -> {}, (done, total) -> {});
        pending.ready();
    }

    private static void allIsThere(DataDirectory directory) throws IOException {
        assertThat(BackupRepository.isEmpty(directory.database())).isFalse();
        assertThat(names(directory.images())).isEqualTo(images);
        assertThat(names(directory.apps())).isEqualTo(apps);
        assertThat(directory.restore()).doesNotExist();
    }

    private static void allOrNothingIsThere(DataDirectory directory) throws IOException {
        if (names(directory.images()).isEmpty()) {
            assertThat(BackupRepository.isEmpty(directory.database())).isTrue();
            assertThat(names(directory.apps())).isEmpty();
            assertThat(directory.restore()).doesNotExist();
        } else {
            allIsThere(directory);
        }
    }

    @Test
    void whileItIsUnpackedTheNextStartHasAllOrNothing() throws Exception {
        Work unpacking = KilledRestoreTest::unpack;
        assertThat(killEverywhere("unpacked", fresh -> {}, unpacking, KilledRestoreTest::allOrNothingIsThere))
                .as("changes to files")
                .isGreaterThan(images.size() + apps.size() + 3);
    }

    @Test
    void whileItIsTakenOverTheNextStartHasAllOfIt() throws Exception {
        Work takingOver = directory -> new PendingRestore(directory).takeOver();
        assertThat(killEverywhere("taken", KilledRestoreTest::unpack, takingOver, KilledRestoreTest::allIsThere))
                .as("changes to files")
                .isGreaterThan(2 * images.size() + apps.size() + 3);
    }
}
