package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.StreamSupport;
import org.kdcloudlet.server.peer.PeerDirectory;
import org.kdcloudlet.server.peer.PeerJson;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cloudlet discover}: what a running server knows, else what can be found out without one. */
@Command(
        name = "discover",
        mixinStandardHelpOptions = true,
        description =
                "Lists the cloudlets in reach with their load and services: those that the server knows, or, without a server, those that answer.")
final class DiscoverCommand implements Runnable {
    private static final int DEFAULT_SECONDS = 3;
    private static final int MAX_SECONDS = 3600;

    @Mixin
    private ServerOptions where;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "Look for so long, without asking a server (default without a server: 3).")
    private Optional<Integer> seconds = Optional.empty();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public void run() {
        JsonNode found = seconds.isPresent() ? look(seconds.get()) : askServer().orElseGet(() -> look(DEFAULT_SECONDS));
        Console console = new Console(System.out);
        if (json) {
            console.json(found);
            return;
        }
        List<JsonNode> cloudlets = StreamSupport.stream(found.path("cloudlets").spliterator(), false)
                .toList();
        if (cloudlets.isEmpty()) {
            throw new CommandFailedException(ExitStatus.FAILED, "No other cloudlet is in reach.");
        }
        console.table(
                List.of("NAME", "ADDRESS", "PORT", "ENCRYPTION", "STATE", "LOAD", "FREE MEMORY", "SERVICES", "AGE"),
                cloudlets.stream().map(DiscoverCommand::row).toList());
    }

    /** What the server knows; empty when none runs on this host. */
    private Optional<JsonNode> askServer() {
        ServerLink link = where.link();
        try (AdminClient server = new AdminClient(link)) {
            return Optional.of(server.get("/v1/cloudlets"));
        } catch (CommandFailedException e) {
            if (e.exitStatus() == ExitStatus.NO_SERVER && link instanceof ServerLink.Local) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static JsonNode look(int seconds) {
        if (seconds < 1 || seconds > MAX_SECONDS) {
            throw new CommandFailedException(
                    ExitStatus.USAGE, "--seconds is a number from 1 to " + MAX_SECONDS + ". See --help.");
        }
        try {
            PeerDirectory.Setup everywhere = new PeerDirectory.Setup(List.of(), OptionalInt.empty());
            return PeerJson.list(PeerDirectory.look(everywhere, Duration.ofSeconds(seconds)), Instant.now());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailedException(ExitStatus.FAILED, "Interrupted.");
        }
    }

    private static List<String> row(JsonNode cloudlet) {
        JsonNode load = cloudlet.path("load");
        boolean answers = load.isObject();
        return List.of(
                cloudlet.path("instance_name").asText(),
                texts(cloudlet.path("addresses")),
                cloudlet.path("port").asText(),
                cloudlet.path("encryption").asBoolean() ? "enabled" : "disabled",
                cloudlet.path("state").asText(),
                answers ? load(load) : "-",
                answers ? Console.size(load.path("free_memory_bytes").asLong()) : "-",
                answers ? texts(cloudlet.path("services")) : "-",
                String.format(
                        Locale.ROOT, "%.0f s", cloudlet.path("age_seconds").asDouble()));
    }

    private static String load(JsonNode load) {
        return String.format(
                Locale.ROOT,
                "%.0f %% of %d cores",
                load.path("usage_percent").asDouble(),
                load.path("cores").asInt());
    }

    private static String texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return String.join(", ", texts);
    }
}
