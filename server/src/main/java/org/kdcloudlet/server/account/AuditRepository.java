package org.kdcloudlet.server.account;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.statement.Query;
import org.kdcloudlet.server.storage.Counters;
import org.kdcloudlet.server.storage.Database;

/** The audit log in the database. */
final class AuditRepository {
    private static final String ACTOR = " AND actor = :actor";
    private static final String ACTION = " AND (action = :action OR action LIKE :within)";

    private final Database database;

    AuditRepository(Database database) {
        this.database = database;
    }

    long add(Actor actor, Instant now, String action, String target, String outcome) {
        return database.write(handle -> {
            long id = Counters.next(handle, "audit");
            handle.createUpdate("INSERT INTO audit (id, time, actor, via, address, action, target, outcome)"
                            + " VALUES (:id, :time, :actor, :via, :address, :action, :target, :outcome)")
                    .bind("id", id)
                    .bind("time", now.toEpochMilli())
                    .bind("actor", actor.name())
                    .bind("via", actor.via().name())
                    .bind("address", actor.address())
                    .bind("action", action)
                    .bind("target", target)
                    .bind("outcome", outcome)
                    .execute();
            return id;
        });
    }

    void end(long id, String target, String outcome) {
        database.change(
                handle -> handle.createUpdate("UPDATE audit SET target = :target, outcome = :outcome WHERE id = :id")
                        .bind("target", target)
                        .bind("outcome", outcome)
                        .bind("id", id)
                        .execute());
    }

    List<AuditEntry> find(AuditFilter filter) {
        String sql = "SELECT * FROM audit WHERE time >= :since AND time < :until AND id < :before"
                + filter.actor().map(actor -> ACTOR).orElse("")
                + filter.action().map(action -> ACTION).orElse("")
                + " ORDER BY id DESC LIMIT :most";
        return database.read(handle -> {
            Query query = handle.createQuery(sql)
                    .bind("since", filter.since().map(Instant::toEpochMilli).orElse(0L))
                    .bind("until", filter.until().map(Instant::toEpochMilli).orElse(Long.MAX_VALUE))
                    .bind("before", filter.before().orElse(Long.MAX_VALUE))
                    .bind("most", filter.most());
            filter.actor().ifPresent(actor -> query.bind("actor", actor));
            filter.action().ifPresent(action -> query.bind("action", action).bind("within", action + ".%"));
            return query.map((row, context) -> entry(row)).list();
        });
    }

    void removeBefore(Instant oldest) {
        database.change(handle -> handle.createUpdate("DELETE FROM audit WHERE time < :oldest")
                .bind("oldest", oldest.toEpochMilli())
                .execute());
    }

    private static AuditEntry entry(ResultSet row) throws SQLException {
        return new AuditEntry(
                row.getLong("id"),
                Instant.ofEpochMilli(row.getLong("time")),
                row.getString("actor"),
                Actor.Via.valueOf(row.getString("via")),
                row.getString("address"),
                row.getString("action"),
                row.getString("target"),
                row.getString("outcome"));
    }
}
