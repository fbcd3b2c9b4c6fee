package org.kdcloudlet.server.operation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.kdcloudlet.server.storage.Counters;
import org.kdcloudlet.server.storage.Database;
import org.kdcloudlet.server.storage.JsonColumn;

/** Events in the database. */
final class EventRepository {
    private final Database database;

    EventRepository(Database database) {
        this.database = database;
    }

    /** How often a server was started on this database, this time included. */
    long countStart() {
        return database.write(handle -> Counters.next(handle, "server_starts"));
    }

    void add(List<Event> events) {
        database.change(handle -> {
            PreparedBatch batch = handle.prepareBatch("INSERT INTO events (id, time, type, subjects_json, message)"
                    + " VALUES (:id, :time, :type, :subjects, :message)");
            for (Event event : events) {
                ObjectNode subjects = JsonColumn.object();
                event.subjects().forEach(subjects::put);
                batch.bind("id", event.id())
                        .bind("time", event.time().toEpochMilli())
                        .bind("type", event.type())
                        .bind("subjects", subjects.toString())
                        .bind("message", event.message())
                        .add();
            }
            batch.execute();
        });
    }

    /** The latest events, oldest first. */
    List<Event> latest(int most) {
        List<Event> newestFirst =
                database.read(handle -> handle.createQuery("SELECT * FROM events ORDER BY id DESC LIMIT :most")
                        .bind("most", most)
                        .map((row, context) -> event(row))
                        .list());
        List<Event> events = new ArrayList<>(newestFirst);
        Collections.reverse(events);
        return events;
    }

    void removeBefore(Instant oldest) {
        database.change(handle -> handle.createUpdate("DELETE FROM events WHERE time < :oldest")
                .bind("oldest", oldest.toEpochMilli())
                .execute());
    }

    private static Event event(ResultSet row) throws SQLException {
        Map<String, String> subjects = new HashMap<>();
        JsonNode stored = JsonColumn.read(row.getString("subjects_json"));
        stored.fieldNames()
                .forEachRemaining(name -> subjects.put(name, stored.get(name).asText()));
        return new Event(
                row.getLong("id"),
                Instant.ofEpochMilli(row.getLong("time")),
                row.getString("type"),
                subjects,
                row.getString("message"));
    }
}
