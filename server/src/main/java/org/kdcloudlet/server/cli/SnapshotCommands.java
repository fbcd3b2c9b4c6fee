package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import org.kdcloudlet.server.cli.InstanceCommand.OnOne;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The commands of {@code cloudlet instance} that are about snapshots. */
final class SnapshotCommands {
    private SnapshotCommands() {}

    /** A command on one snapshot of an instance. */
    abstract static class OnSnapshot extends OnOne {
        @Parameters(paramLabel = "NAME")
        private String name;

        String name() {
            return name;
        }

        String snapshot() {
            return path() + "/snapshots/" + segment(name);
        }
    }

    @Command(
            name = "snapshot",
            mixinStandardHelpOptions = true,
            description = "Keeps memory and disk of an instance as they are, to go back to.")
    static final class Take extends OnSnapshot {
        @Override
        void run(AdminClient server) {
            JsonNode body = JsonNodeFactory.instance.objectNode().put("name", name());
            await(server, server.post(path() + "/snapshots", body));
        }
    }

    @Command(name = "snapshots", mixinStandardHelpOptions = true, description = "Lists the snapshots of an instance.")
    static final class ListAll extends OnOne {
        @Override
        void run(AdminClient server) {
            JsonNode answer = server.get(path() + "/snapshots");
            List<List<String>> rows = new ArrayList<>();
            for (JsonNode snapshot : answer.path("snapshots")) {
                rows.add(List.of(
                        snapshot.path("name").asText(),
                        snapshot.path("taken").asText(),
                        Console.size(snapshot.path("disk_bytes").asLong())));
            }
            print(answer, console -> console.table(List.of("NAME", "TAKEN", "SIZE"), rows));
        }
    }

    @Command(
            name = "restore",
            mixinStandardHelpOptions = true,
            description = "Has an instance be as it was at a snapshot. What it did since is lost.")
    static final class Restore extends OnSnapshot {
        @Override
        void run(AdminClient server) {
            await(server, server.post(snapshot() + "/restore"));
        }
    }

    @Command(
            name = "remove-snapshot",
            mixinStandardHelpOptions = true,
            description = "Removes a snapshot of an instance.")
    static final class Remove extends OnSnapshot {
        @Override
        void run(AdminClient server) {
            server.delete(snapshot());
        }
    }
}
