package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.kdcloudlet.server.TestServer;

/** Cloudlets on data directories of one folder, among which backups go by the commands. */
record BackupCloudlets(Path folder) {
    Path data(String name) {
        return folder.resolve(name);
    }

    CommandRun run(String cloudlet, String... command) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of("--data", data(cloudlet).toString()));
        return CommandRun.of(arguments);
    }

    void done(String cloudlet, String... command) {
        CommandRun ended = run(cloudlet, command);
        assertThat(ended.status()).as("%s: %s", List.of(command), ended).isZero();
    }

    JsonNode json(String cloudlet, String... command) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.add("--json");
        return new ObjectMapper()
                .readTree(run(cloudlet, arguments.toArray(String[]::new)).out());
    }

    /** A backup of the cloudlet ridge, which is given two services and an account. */
    Path backup(TestServer ridge, String... options) throws IOException {
        ridge.serve("one", 0);
        ridge.serve("two", 1);
        Path password = Files.writeString(folder.resolve("password"), "a good password\n");
        done("ridge", "user", "add", "ada", "--role", "administrator", "--password-file", password.toString());
        return save("ridge", options);
    }

    /** A backup of a cloudlet as it is. */
    Path save(String cloudlet, String... options) {
        Path file = folder.resolve("ridge.kdbackup");
        List<String> command = new ArrayList<>(List.of("backup", "create", file.toString()));
        command.addAll(List.of(options));
        done(cloudlet, command.toArray(String[]::new));
        return file;
    }

    static List<String> names(Path where) throws IOException {
        try (Stream<Path> files = Files.list(where)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** Restores a backup into an empty cloudlet, as far as its server does that before it starts anew. */
    CommandRun restore(String cloudlet, Path file) throws Exception {
        try (TestServer server = new TestServer(data(cloudlet))) {
            CommandRun ended = run(cloudlet, "backup", "restore", "--no-wait", file.toString());
            if (ended.status() == 0) {
                assertThat(server.server().restart().get(30, TimeUnit.SECONDS)).isTrue();
            }
            return ended;
        }
    }
}
