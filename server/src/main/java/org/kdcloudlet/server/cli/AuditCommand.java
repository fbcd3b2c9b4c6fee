package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cloudlet audit}. */
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description = "Prints who did what from where, the latest first.")
final class AuditCommand extends AdminCommand {
    @Option(names = "--actor", paramLabel = "NAME", description = "Only of this administrator, token or user.")
    private Optional<String> actor = Optional.empty();

    @Option(
            names = "--action",
            paramLabel = "ACTION",
            description = "Only this, e.g. services.remove; services has all that begin with it.")
    private Optional<String> action = Optional.empty();

    @Option(names = "--since", paramLabel = "TIME", description = "Not before this day or time in UTC.")
    private Optional<String> since = Optional.empty();

    @Option(names = "--until", paramLabel = "TIME", description = "Before this day or time in UTC.")
    private Optional<String> until = Optional.empty();

    @Option(names = "--limit", paramLabel = "N", description = "At most so many (default: ${DEFAULT-VALUE}).")
    private int limit = 100;

    @Option(names = "--csv", description = "Print CSV.")
    private boolean csv;

    @Option(
            names = "--save",
            paramLabel = "FILE",
            description = "Save all that fit, whatever the limit, in FILE: as JSON, or CSV with --csv.")
    private Optional<Path> file = Optional.empty();

    @Override
    void run(AdminClient server) {
        if (file.isPresent()) {
            server.downloadSecret("/v1/audit/export?format=" + (csv ? "csv" : "json") + filter(), file.get());
        } else {
            list(server, "/v1/audit?limit=" + limit + filter());
        }
    }

    private String filter() {
        StringBuilder path = new StringBuilder();
        actor.ifPresent(value -> path.append("&actor=").append(segment(value)));
        action.ifPresent(value -> path.append("&action=").append(segment(value)));
        since.ifPresent(value -> path.append("&since=").append(segment(value)));
        until.ifPresent(value -> path.append("&until=").append(segment(value)));
        return path.toString();
    }

    private void list(AdminClient server, String path) {
        if (csv) {
            System.out.print(new String(server.bytes(path + "&format=csv"), StandardCharsets.UTF_8));
            return;
        }
        JsonNode answer = server.get(path);
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode entry : answer.path("entries")) {
            rows.add(List.of(
                    entry.path("time").asText(),
                    entry.path("actor").asText(),
                    entry.path("via").asText(),
                    entry.path("address").asText(),
                    entry.path("action").asText(),
                    entry.path("target").asText(),
                    entry.path("outcome").asText()));
        }
        print(
                answer,
                console -> console.table(List.of("TIME", "ACTOR", "VIA", "FROM", "ACTION", "TARGET", "OUTCOME"), rows));
    }
}
