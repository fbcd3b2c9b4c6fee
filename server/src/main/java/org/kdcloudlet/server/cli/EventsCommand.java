package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cloudlet events}. */
@Command(name = "events", mixinStandardHelpOptions = true, description = "Prints what happened, oldest first.")
final class EventsCommand extends AdminCommand {
    @Option(names = "--follow", description = "Go on with what happens from now on, until interrupted.")
    private boolean follow;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "How many events of the past (default: ${DEFAULT-VALUE}).")
    private int limit = 100;

    @Override
    void run(AdminClient server) {
        JsonNode past = server.get("/v1/events?limit=" + limit);
        long last = 0;
        if (isJson() && !follow) {
            console().json(past);
        } else {
            for (JsonNode event : past.path("events")) {
                show(event);
                last = event.path("id").asLong();
            }
        }
        if (follow) {
            server.events("/v1/events?after=" + last, this::show);
        }
    }

    private boolean show(JsonNode event) {
        if (isJson()) {
            System.out.println(event);
        } else {
            console()
                    .line(event.path("time").asText() + "  "
                            + event.path("type").asText() + "  "
                            + event.path("message").asText());
        }
        return true;
    }
}
