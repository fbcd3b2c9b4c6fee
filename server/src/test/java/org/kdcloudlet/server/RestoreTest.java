package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Backups and restores of servers in processes of their own, with QEMU. */
@Timeout(400)
class RestoreTest {
    @TempDir
    private Path folder;

    @AfterEach
    void leaveNoMachineBehind() {
        Processes.workingBelow(folder).forEach(ProcessHandle::destroyForcibly);
    }

    private ServerSetup setup(String name) throws IOException {
        return new ServerSetup(Files.createDirectories(folder.resolve(name)));
    }

    /** What is done with the server that is backed up. */
    private interface Work {
        void with(ServerProcess server) throws Exception;
    }

    private String backup(Work work) throws Exception {
        String file = folder.resolve("ridge.kdbackup").toString();
        try (ServerProcess ridge = setup("ridge").start()) {
            work.with(ridge);
            ridge.command("backup", "create", file, "--images");
        }
        return file;
    }

    private static void serve(ServerProcess server) throws IOException, InterruptedException {
        server.addDemo();
        server.command("instance", "start", "demo");
    }

    private static List<String> services(ServerProcess server) throws IOException, InterruptedException {
        return server.command("service", "list").path("services").findValuesAsText("service_id");
    }

    @Test
    void theServerStartsAnewWithTheBackupAndItsServicesRun() throws Exception {
        String file = backup(RestoreTest::serve);
        try (ServerProcess valley = setup("valley").start()) {
            valley.command("backup", "restore", file);
            assertThat(services(valley)).containsExactly("demo");
            // Its log is asked and not a command, which costs a second of the processor that the guest boots with.
            Awaitility.await().atMost(ServerProcess.PATIENCE).until(() -> valley.output()
                    .contains("template.ready"));
            JsonNode instance = valley.command("instance", "start", "demo");
            assertThat(instance.path("state").asText()).isEqualTo("ready");
            assertThat(instance.path("kind").asText()).isEqualTo("clone");
            assertThat(valley.command("instance", "list").path("instances")).hasSize(1);
        }
    }

    @Test
    void oneThatIsKilledBeforeItStartsAnewIsRestoredByTheNext() throws Exception {
        String file = backup(ridge -> ridge.command("service", "add", "demo", "--port", "8080"));
        Path ready = folder.resolve("valley/data/restore/ready");
        try (ServerProcess valley = setup("valley").start()) {
            Process command = valley.begin("backup", "restore", "--no-wait", file);
            // The command's own end is not awaited: the server starts anew soon.
            Awaitility.await("a backup that waits to be taken over")
                    .atMost(ServerProcess.PATIENCE)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> Files.exists(ready));
            valley.kill();
            assertThat(ready).as("it was killed before it started anew").exists();
            assertThat(command.waitFor(ServerProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
        }
        try (ServerProcess valley = setup("valley").start()) {
            assertThat(services(valley)).containsExactly("demo");
            assertThat(ready).doesNotExist();
        }
    }
}
