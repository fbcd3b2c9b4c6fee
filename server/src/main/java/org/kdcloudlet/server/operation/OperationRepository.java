package org.kdcloudlet.server.operation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.SqlStatement;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.Operation.Failure;
import org.kdcloudlet.server.operation.Operation.Step;
import org.kdcloudlet.server.storage.Counters;
import org.kdcloudlet.server.storage.Database;
import org.kdcloudlet.server.storage.JsonColumn;

/** Operations in the database. Percent and bytes are not kept there. */
final class OperationRepository {
    private final Database database;

    OperationRepository(Database database) {
        this.database = database;
    }

    long nextId() {
        return database.write(handle -> Counters.next(handle, "operations"));
    }

    void add(Operation operation) {
        database.change(handle -> bind(
                        handle.createUpdate("INSERT INTO operations (id, kind, target, state, steps_json, log_json,"
                                + " error_code, error_message, result, created, deadline, finished) VALUES (:id, :kind,"
                                + " :target, :state, :steps, :log, :code, :message, :result, :created, :deadline,"
                                + " :finished)"),
                        operation)
                .bind("kind", operation.kind())
                .bind("target", operation.target())
                .bind("created", operation.created().toEpochMilli())
                .bind("deadline", operation.deadline().toEpochMilli())
                .execute());
    }

    void update(Operation operation) {
        database.change(handle -> bind(
                        handle.createUpdate(
                                "UPDATE operations SET state = :state, steps_json = :steps, log_json = :log,"
                                        + " error_code = :code, error_message = :message, result = :result,"
                                        + " finished = :finished WHERE id = :id"),
                        operation)
                .execute());
    }

    private static <S extends SqlStatement<S>> S bind(S statement, Operation operation) {
        ArrayNode steps = JsonColumn.array();
        for (Step step : operation.steps()) {
            steps.addObject().put("name", step.name()).put("state", step.state().name());
        }
        return statement
                .bind("id", operation.id())
                .bind("state", operation.state().name())
                .bind("steps", steps.toString())
                .bind("log", JsonColumn.texts(operation.log()))
                .bind(
                        "code",
                        operation.error().map(error -> error.code().name()).orElse(null))
                .bind("message", operation.error().map(Failure::message).orElse(null))
                .bind("result", operation.result().orElse(null))
                .bind(
                        "finished",
                        operation.finished().map(Instant::toEpochMilli).orElse(null));
    }

    List<Operation> all() {
        return database.read(handle -> handle.createQuery("SELECT * FROM operations ORDER BY id")
                .map((row, context) -> operation(row))
                .list());
    }

    void removeFinishedBefore(Instant oldest) {
        database.change(handle -> handle.createUpdate("DELETE FROM operations WHERE finished < :oldest")
                .bind("oldest", oldest.toEpochMilli())
                .execute());
    }

    private static Operation operation(ResultSet row) throws SQLException {
        List<Step> steps = new ArrayList<>();
        for (JsonNode step : JsonColumn.read(row.getString("steps_json"))) {
            steps.add(new Step(
                    step.get("name").asText(),
                    OperationState.valueOf(step.get("state").asText())));
        }
        long finished = row.getLong("finished");
        Optional<Instant> end = row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(finished));
        Optional<Failure> error = row.getString("error_code") == null
                ? Optional.empty()
                : Optional.of(
                        new Failure(ErrorCode.valueOf(row.getString("error_code")), row.getString("error_message")));
        return new Operation(
                row.getLong("id"),
                row.getString("kind"),
                row.getString("target"),
                OperationState.valueOf(row.getString("state")),
                steps,
                Optional.empty(),
                0,
                0,
                JsonColumn.texts(JsonColumn.read(row.getString("log_json"))),
                error,
                Optional.ofNullable(row.getString("result")),
                false,
                Instant.ofEpochMilli(row.getLong("created")),
                Instant.ofEpochMilli(row.getLong("deadline")),
                end);
    }
}
