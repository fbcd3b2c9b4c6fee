package org.kdcloudlet.server.account;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.storage.Database;

/** Sessions in the database. */
final class SessionRepository {
    private final Database database;

    /** A session with the role that its administrator has now. */
    record Found(Session session, Role role) {}

    SessionRepository(Database database) {
        this.database = database;
    }

    /** Adds a session, ends the one that it takes the place of, and forgets those that are over. */
    void add(Session session, String digest, Optional<String> replaced, Instant idleSince) {
        database.change(handle -> {
            handle.createUpdate("DELETE FROM sessions WHERE digest = :replaced OR ends < :now OR last_seen < :idle")
                    .bind("replaced", replaced.orElse(""))
                    .bind("now", session.created().toEpochMilli())
                    .bind("idle", idleSince.toEpochMilli())
                    .execute();
            handle.createUpdate("INSERT INTO sessions (id, digest, administrator, created, last_seen, ends, address,"
                            + " agent) VALUES (:id, :digest, :administrator, :created, :seen, :ends, :address, :agent)")
                    .bind("id", session.id())
                    .bind("digest", digest)
                    .bind("administrator", session.administrator())
                    .bind("created", session.created().toEpochMilli())
                    .bind("seen", session.lastSeen().toEpochMilli())
                    .bind("ends", session.ends().toEpochMilli())
                    .bind("address", session.address())
                    .bind("agent", session.agent())
                    .execute();
        });
    }

    Optional<Found> find(String digest) {
        return database.read(handle -> handle.createQuery("SELECT sessions.*, administrators.role AS role FROM sessions"
                        + " JOIN administrators ON administrators.name = sessions.administrator"
                        + " WHERE digest = :digest")
                .bind("digest", digest)
                .map((row, context) -> new Found(session(row), Role.valueOf(row.getString("role"))))
                .findOne());
    }

    void seen(String id, Instant now) {
        database.change(handle -> handle.createUpdate("UPDATE sessions SET last_seen = :now WHERE id = :id")
                .bind("now", now.toEpochMilli())
                .bind("id", id)
                .execute());
    }

    List<Session> list(Instant now, Instant idleSince) {
        return database.read(handle -> handle.createQuery(
                        "SELECT * FROM sessions WHERE ends >= :now AND last_seen >= :idle ORDER BY created DESC, id")
                .bind("now", now.toEpochMilli())
                .bind("idle", idleSince.toEpochMilli())
                .map((row, context) -> session(row))
                .list());
    }

    boolean end(String id) {
        return database.write(handle -> handle.createUpdate("DELETE FROM sessions WHERE id = :id")
                        .bind("id", id)
                        .execute()
                == 1);
    }

    private static Session session(ResultSet row) throws SQLException {
        return new Session(
                row.getString("id"),
                row.getString("administrator"),
                Instant.ofEpochMilli(row.getLong("created")),
                Instant.ofEpochMilli(row.getLong("last_seen")),
                Instant.ofEpochMilli(row.getLong("ends")),
                row.getString("address"),
                row.getString("agent"));
    }
}
