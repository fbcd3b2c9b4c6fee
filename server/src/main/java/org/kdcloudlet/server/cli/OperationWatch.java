package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.util.Optional;
import java.util.function.Consumer;

/** Waits for an operation of the server and shows its progress on standard error: a line that moves, or lines in a log. */
final class OperationWatch {
    private static final int POLL_SECONDS = 1;

    private final AdminClient server;
    private final PrintStream progress = System.err;
    private final Optional<Consumer<String>> lines;
    private final boolean moving;
    private String lastShown = "";

    OperationWatch(AdminClient server) {
        this.server = server;
        this.lines = Optional.empty();
        this.moving = System.console() != null;
    }

    /** A watch that hands what there is to say to {@code lines} instead. */
    OperationWatch(AdminClient server, Consumer<String> lines) {
        this.server = server;
        this.lines = Optional.of(lines);
        this.moving = false;
    }

    /**
     * Returns the operation once it succeeded.
     *
     * @throws CommandFailedException when it failed or was cancelled
     */
    JsonNode await(JsonNode operation) {
        String id = operation.path("id").asText();
        Thread hint = new Thread(() -> progress.println("It goes on. './cloudlet operation wait " + id
                + "' waits for it again, './cloudlet operation cancel " + id + "' ends it."));
        Runtime.getRuntime().addShutdownHook(hint);
        JsonNode now = operation;
        while (now.path("state").asText().equals("running")) {
            show(now);
            now = server.get("/v1/operations/" + id + "/wait?seconds=" + POLL_SECONDS);
        }
        Runtime.getRuntime().removeShutdownHook(hint);
        finish(now);
        return now;
    }

    private void show(JsonNode operation) {
        String text = describe(operation);
        if (text.isEmpty() || text.equals(lastShown)) {
            return;
        }
        lastShown = text;
        if (lines.isPresent()) {
            lines.get().accept(text);
        } else if (moving) {
            progress.print("\r\033[K" + text);
            progress.flush();
        } else {
            progress.println(text);
        }
    }

    private void finish(JsonNode operation) {
        if (moving) {
            progress.print("\r\033[K");
        }
        if (!operation.path("state").asText().equals("succeeded")) {
            String reason = operation.path("error").path("message").asText("it was cancelled");
            throw new CommandFailedException(
                    ExitStatus.FAILED, "Operation " + operation.path("id").asText() + " did not succeed: " + reason);
        }
    }

    private static String describe(JsonNode operation) {
        StringBuilder text = new StringBuilder();
        for (JsonNode step : operation.path("steps")) {
            if (step.path("state").asText().equals("running")) {
                text.append(step.path("name").asText());
            }
        }
        long total = operation.path("bytes_total").asLong();
        if (total > 0 && !text.isEmpty()) {
            text.append(", ")
                    .append(Console.size(operation.path("bytes_done").asLong()))
                    .append(" of ")
                    .append(Console.size(total));
        }
        return text.toString();
    }
}
