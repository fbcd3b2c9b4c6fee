package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cloudlet operation}: long work of the server. */
@Command(
        name = "operation",
        mixinStandardHelpOptions = true,
        description = "Long work of the server: list, watch, cancel.",
        subcommands = {
            OperationCommand.ListAll.class,
            OperationCommand.Show.class,
            OperationCommand.Cancel.class,
            OperationCommand.Wait.class,
        })
final class OperationCommand extends CommandGroup {
    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Lists the operations of the last day, the newest first.")
    static final class ListAll extends AdminCommand {
        @Option(
                names = "--state",
                paramLabel = "STATE",
                description = "Only these: running, succeeded, failed, cancelled.")
        private Optional<String> state = Optional.empty();

        @Option(names = "--before", paramLabel = "ID", description = "Only those with a smaller id.")
        private Optional<String> before = Optional.empty();

        @Option(names = "--limit", paramLabel = "N", description = "At most so many (default: ${DEFAULT-VALUE}).")
        private int limit = 100;

        @Override
        void run(AdminClient server) {
            StringBuilder path = new StringBuilder("/v1/operations?limit=" + limit);
            state.ifPresent(value -> path.append("&state=").append(segment(value)));
            before.ifPresent(value -> path.append("&before=").append(segment(value)));
            JsonNode answer = server.get(path.toString());
            List<List<String>> rows = new ArrayList<>();
            for (JsonNode operation : answer.path("operations")) {
                rows.add(List.of(
                        operation.path("id").asText(),
                        operation.path("kind").asText(),
                        operation.path("target").asText(),
                        operation.path("state").asText(),
                        operation.path("created").asText(),
                        operation.path("error").path("message").asText()));
            }
            print(answer, console -> console.table(List.of("ID", "KIND", "TARGET", "STATE", "CREATED", "ERROR"), rows));
        }
    }

    /** A command on one operation. */
    abstract static class OnOne extends AdminCommand {
        @Parameters(paramLabel = "ID")
        private String id;

        String path() {
            return "/v1/operations/" + segment(id);
        }

        void show(JsonNode operation) {
            print(operation, console -> {
                console.properties(List.of(
                        List.of("Operation", operation.path("id").asText()),
                        List.of("Kind", operation.path("kind").asText()),
                        List.of("Target", operation.path("target").asText()),
                        List.of("State", operation.path("state").asText()),
                        List.of("Percent", operation.path("percent").asText()),
                        List.of("Error", operation.path("error").path("message").asText("none"))));
                operation
                        .path("steps")
                        .forEach(step -> console.line("  " + step.path("name").asText() + ": "
                                + step.path("state").asText()));
                operation.path("log").forEach(line -> console.line("  | " + line.asText()));
            });
        }
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows one with its steps and log.")
    static final class Show extends OnOne {
        @Override
        void run(AdminClient server) {
            show(server.get(path()));
        }
    }

    @Command(name = "cancel", mixinStandardHelpOptions = true, description = "Ends one; what it did is undone.")
    static final class Cancel extends OnOne {
        @Override
        void run(AdminClient server) {
            show(server.post(path() + "/cancel"));
        }
    }

    @Command(name = "wait", mixinStandardHelpOptions = true, description = "Waits for the end of one.")
    static final class Wait extends OnOne {
        @Override
        void run(AdminClient server) {
            show(new OperationWatch(server).await(server.get(path())));
        }
    }
}
