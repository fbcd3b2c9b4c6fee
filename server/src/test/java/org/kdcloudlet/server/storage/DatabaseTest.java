package org.kdcloudlet.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.kdcloudlet.server.Refusals.refused;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** The database: what it promises of writes, and how it refuses what it cannot work with. */
class DatabaseTest {
    private static final String COUNTER = "test";

    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("test.sqlite");
    }

    private static long count(Database database) {
        return database.read(handle -> handle.createQuery("SELECT COALESCE(MAX(value), 0) FROM counters")
                .mapTo(Long.class)
                .one());
    }

    private static long next(Database database) {
        return database.write(handle -> Counters.next(handle, COUNTER));
    }

    @Test
    void keepsWhatWasWritten() {
        try (Database database = Database.open(file())) {
            next(database);
        }
        try (Database database = Database.open(file())) {
            assertThat(count(database)).isEqualTo(1);
        }
    }

    @Test
    void worksAsItShould() {
        try (Database database = Database.open(file())) {
            assertThat(pragma(database, "journal_mode")).isEqualTo("wal");
            assertThat(pragma(database, "synchronous")).isEqualTo("2");
            assertThat(pragma(database, "foreign_keys")).isEqualTo("1");
            assertThat(pragma(database, "busy_timeout")).isEqualTo("10000");
        }
    }

    private static String pragma(Database database, String name) {
        return database.read(handle ->
                handle.createQuery("PRAGMA " + name).mapTo(String.class).one());
    }

    @Test
    void aWriteThatThrowsLeavesNoTrace() {
        try (Database database = Database.open(file())) {
            assertThatThrownBy(() -> database.change(handle -> {
                        Counters.next(handle, COUNTER);
                        throw new IllegalStateException("no");
                    }))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(count(database)).isZero();
        }
    }

    @Test
    void manyWritersLoseNothing() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try (Database database = Database.open(file())) {
            List<Future<Long>> writes = IntStream.range(0, 200)
                    .mapToObj(i -> threads.submit(() -> next(database)))
                    .toList();
            for (Future<Long> write : writes) {
                assertThat(write.get(30, TimeUnit.SECONDS)).isPositive();
            }
            assertThat(count(database)).isEqualTo(200);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void theKnownSchemaIsTheLastMigration() throws IOException {
        Path migrations = Path.of(System.getProperty("cloudlet.project"))
                .resolve("server/src/main/resources/org/kdcloudlet/server/storage/migrations");
        try (Stream<Path> files = Files.list(migrations)) {
            assertThat(files.map(path -> path.getFileName().toString())
                            .map(name -> Integer.parseInt(name.replaceFirst("V(\\d+)__.*", "$1"))))
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.rangeClosed(1, Schema.VERSION).boxed().toList());
        }
    }

    @Test
    void aNewerSchemaIsRefusedAndNotTouched() throws IOException {
        try (Database database = Database.open(file())) {
            database.change(handle -> handle.execute("INSERT INTO flyway_schema_history (installed_rank, version,"
                    + " description, type, script, checksum, installed_by, execution_time, success)"
                    + " VALUES (999, '999', 'future', 'SQL', 'V999__future.sql', 1, 'test', 1, 1)"));
        }
        byte[] before = Files.readAllBytes(file());
        CloudletException refusal = refused(ErrorCode.STORAGE_UNUSABLE, () -> Database.open(file()));
        assertThat(refusal.getMessage()).contains("newer").contains("999");
        assertThat(refusal.details()).containsEntry("schema", 999);
        assertThat(Files.readAllBytes(file())).isEqualTo(before);
    }

    @Test
    void whatIsNoDatabaseIsRefused() throws IOException {
        Files.writeString(file(), "This is not a database, but long enough to be looked at. ".repeat(100));
        refused(ErrorCode.STORAGE_UNUSABLE, () -> Database.open(file()));
    }

    @Test
    void aFullDiskIsToldAndOvercome() throws Exception {
        try (TemporaryMount mount = TemporaryMount.of(folder, "1m")) {
            assumeTrue(mount.mounted(), "mounting takes root");
            try (Database database = Database.open(mount.path().resolve("test.sqlite"))) {
                mount.fill();
                long written = fillUntilRefused(database);
                assertThat(count(database)).isEqualTo(written);
                mount.free();
                assertThat(next(database)).isEqualTo(written + 1);
            }
        }
    }

    /** Writes until the disk is full, and returns how many writes were acknowledged. */
    private static long fillUntilRefused(Database database) {
        long written = 0;
        while (written < 100_000) {
            try {
                written = next(database);
            } catch (CloudletException e) {
                assertThat(e.code()).as(e.getMessage()).isEqualTo(ErrorCode.STORAGE_FULL);
                return written;
            }
        }
        throw new AssertionError("The disk never was full");
    }

    @Test
    void aFullDiskAtTheBeginningIsTold() throws Exception {
        try (TemporaryMount mount = TemporaryMount.of(folder, "32k")) {
            assumeTrue(mount.mounted(), "mounting takes root");
            refused(ErrorCode.STORAGE_FULL, () -> Database.open(mount.path().resolve("test.sqlite")));
        }
    }

    @Test
    void aKilledProcessLosesNoAcknowledgedWrite() throws Exception {
        long acknowledged = 0;
        for (int round = 0; round < 3; round++) {
            Process writer = ChildJvm.start(WriteForever.class, file().toString());
            List<String> lines = new ArrayList<>();
            try {
                BufferedReader output = writer.inputReader();
                for (int i = 0; i < 50; i++) {
                    lines.add(output.readLine());
                }
            } finally {
                writer.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
            }
            acknowledged = Long.parseLong(lines.get(lines.size() - 1));
            try (Database database = Database.open(file())) {
                assertThat(count(database)).isGreaterThanOrEqualTo(acknowledged);
                assertThat(pragma(database, "integrity_check")).isEqualTo("ok");
            }
        }
        assertThat(acknowledged).isGreaterThanOrEqualTo(150);
    }

    /** Writes one after the other and says so after each. */
    static final class WriteForever {
        public static void main(String[] arguments) {
            try (Database database = Database.open(Path.of(arguments[0]))) {
                while (true) {
                    System.out.println(next(database));
                }
            }
        }
    }
}
