package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationFilter;
import org.kdcloudlet.server.operation.OperationState;
import org.kdcloudlet.server.operation.Operations;

/** {@code /v1/operations} */
final class OperationsResource {
    private static final int LONGEST_WAIT_SECONDS = 60;
    private static final int USUAL_MOST = 100;
    private static final String ONE = "/v1/operations/{id}";

    private final Operations operations;

    OperationsResource(Operations operations) {
        this.operations = operations;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/v1/operations", this::list),
                AdminRoute.get(ONE, this::show),
                AdminRoute.waitingGet(ONE + "/wait", this::await),
                AdminRoute.post(ONE + "/cancel", this::cancel));
    }

    private void list(Context context) {
        List<Operation> found = filter(context).of(operations.list());
        AdminJson.reply(AdminJson.list("operations", found, OperationsResource::json))
                .sendTo(context);
    }

    /**
     * The filter that a query asks for.
     *
     * @throws CloudletException INVALID_VALUE
     */
    static OperationFilter filter(Context context) {
        return new OperationFilter(
                Optional.ofNullable(context.queryParam("state"))
                        .filter(text -> !text.isEmpty())
                        .map(OperationsResource::state),
                Numbers.id(context, "before"),
                Numbers.query(context, "limit", USUAL_MOST, 1, OperationFilter.MOST));
    }

    private static OperationState state(String text) {
        return Arrays.stream(OperationState.values())
                .filter(state -> AdminJson.name(state).equals(text))
                .findFirst()
                .orElseThrow(() -> JsonBody.invalid("state must be one of running, succeeded, failed, cancelled."));
    }

    private void show(Context context) {
        AdminJson.reply(json(operations.get(id(context)))).sendTo(context);
    }

    private void await(Context context) {
        int seconds = Numbers.query(context, "seconds", 30, 0, LONGEST_WAIT_SECONDS);
        AdminJson.reply(json(operations.await(id(context), Duration.ofSeconds(seconds))))
                .sendTo(context);
    }

    private void cancel(Context context) {
        AdminJson.reply(json(operations.cancel(id(context)))).sendTo(context);
    }

    static long id(Context context) {
        String text = context.pathParam("id");
        if (!text.matches("[0-9]{1,18}")) {
            throw new CloudletException(ErrorCode.OPERATION_UNKNOWN, "There is no operation '" + text + "'.");
        }
        return Long.parseLong(text);
    }

    static ObjectNode json(Operation operation) {
        ObjectNode json = AdminJson.object();
        json.put("id", Long.toString(operation.id()));
        json.put("kind", operation.kind());
        json.put("target", operation.target());
        json.put("state", AdminJson.name(operation.state()));
        json.put("percent", operation.percent().orElse(null));
        json.put("bytes_done", operation.bytesDone());
        json.put("bytes_total", operation.bytesTotal());
        ArrayNode steps = json.putArray("steps");
        for (Operation.Step step : operation.steps()) {
            steps.addObject().put("name", step.name()).put("state", AdminJson.name(step.state()));
        }
        operation.log().forEach(json.putArray("log")::add);
        json.putNull("error");
        operation.error().ifPresent(error -> json.putObject("error")
                .put("code", error.code().name())
                .put("message", error.message()));
        json.put("result", operation.result().orElse(null));
        json.put("cancellable", operation.cancellable());
        json.put("created", AdminJson.time(operation.created()));
        json.put("deadline", AdminJson.time(operation.deadline()));
        AdminJson.putTime(json, "finished", operation.finished());
        return json;
    }
}
