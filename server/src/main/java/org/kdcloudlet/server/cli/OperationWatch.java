package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.Consumer;

/** Waits for an operation of the server and shows its progress on standard error: a line that moves, or lines in a log. */
final class OperationWatch {
    private static final int POLL_SECONDS = 1;

    private final AdminClient server;
    private final ProgressLine progress;

    OperationWatch(AdminClient server) {
        this.server = server;
        this.progress = ProgressLine.onStandardError();
    }

    /** A watch that hands what there is to say to {@code lines} instead. */
    OperationWatch(AdminClient server, Consumer<String> lines) {
        this.server = server;
        this.progress = ProgressLine.into(lines);
    }

    /**
     * Returns the operation once it succeeded.
     *
     * @throws CommandFailedException when it failed or was cancelled
     */
    JsonNode await(JsonNode operation) {
        String id = operation.path("id").asText();
        JsonNode ended = InterruptHint.during(
                () -> poll(id, operation),
                "It goes on. './cloudlet operation wait " + id + "' waits for it again, './cloudlet operation cancel "
                        + id + "' ends it.");
        progress.end();
        requireSuccess(ended);
        return ended;
    }

    private JsonNode poll(String id, JsonNode begun) {
        JsonNode now = begun;
        while (now.path("state").asText().equals("running")) {
            progress.show(describe(now));
            now = server.get("/v1/operations/" + id + "/wait?seconds=" + POLL_SECONDS);
        }
        return now;
    }

    private static void requireSuccess(JsonNode operation) {
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
