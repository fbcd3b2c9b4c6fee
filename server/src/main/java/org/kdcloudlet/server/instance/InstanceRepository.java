package org.kdcloudlet.server.instance;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.statement.SqlStatement;
import org.kdcloudlet.server.instance.Instance.Failure;
import org.kdcloudlet.server.storage.Database;

/** Instances in the database. Their ports are not kept there: the machine knows them. */
final class InstanceRepository {
    private final Database database;

    InstanceRepository(Database database) {
        this.database = database;
    }

    void add(Instance instance) {
        database.change(handle -> bind(
                        handle.createUpdate(
                                "INSERT INTO instances (id, service, service_id, image_version, kind, state,"
                                        + " users, created, ready_at, last_used, failed_at, failure, failure_log) VALUES (:id,"
                                        + " :service, :serviceId, :version, :kind, :state, :users, :created, :readyAt,"
                                        + " :lastUsed, :failedAt, :failure, :failureLog)"),
                        instance)
                .bind("service", instance.service())
                .bind("serviceId", instance.serviceId())
                .bind("version", instance.imageVersion())
                .bind("kind", instance.kind().name())
                .bind("created", instance.created().toEpochMilli())
                .execute());
    }

    void update(Instance instance) {
        database.change(handle -> bind(
                        handle.createUpdate("UPDATE instances SET state = :state, users = :users, ready_at = :readyAt,"
                                + " last_used = :lastUsed, failed_at = :failedAt, failure = :failure,"
                                + " failure_log = :failureLog WHERE id = :id"),
                        instance)
                .execute());
    }

    private static <S extends SqlStatement<S>> S bind(S statement, Instance instance) {
        return statement
                .bind("id", instance.id().toString())
                .bind("state", instance.state().name())
                .bind("users", instance.users())
                .bind("readyAt", instance.readyAt().map(Instant::toEpochMilli).orElse(null))
                .bind("lastUsed", instance.lastUsed().toEpochMilli())
                .bind(
                        "failedAt",
                        instance.failure()
                                .map(failure -> failure.at().toEpochMilli())
                                .orElse(null))
                .bind("failure", instance.failure().map(Failure::reason).orElse(null))
                .bind("failureLog", instance.failure().map(Failure::log).orElse(null));
    }

    void remove(UUID id) {
        database.change(handle -> handle.createUpdate("DELETE FROM instances WHERE id = :id")
                .bind("id", id.toString())
                .execute());
    }

    List<Instance> all() {
        return database.read(handle -> handle.createQuery("SELECT * FROM instances ORDER BY created")
                .map((row, context) -> instance(row))
                .list());
    }

    private static Instance instance(ResultSet row) throws SQLException {
        Optional<Failure> failure = time(row, "failed_at").isEmpty()
                ? Optional.empty()
                : Optional.of(new Failure(
                        time(row, "failed_at").orElseThrow(), row.getString("failure"), row.getString("failure_log")));
        return new Instance(
                UUID.fromString(row.getString("id")),
                row.getString("service"),
                row.getString("service_id"),
                row.getInt("image_version"),
                StartKind.valueOf(row.getString("kind")),
                InstanceState.valueOf(row.getString("state")),
                row.getInt("users"),
                Instant.ofEpochMilli(row.getLong("created")),
                time(row, "ready_at"),
                Instant.ofEpochMilli(row.getLong("last_used")),
                List.of(),
                failure);
    }

    private static Optional<Instant> time(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }
}
