package org.kdcloudlet.server.account;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.storage.Database;

/** API tokens in the database. */
final class ApiTokenRepository {
    private final Database database;

    /** A token with the role that its owner has now, if it has one. */
    record Found(ApiToken token, Optional<Role> ownerRole) {}

    ApiTokenRepository(Database database) {
        this.database = database;
    }

    void add(ApiToken token, String digest) {
        database.change(handle -> handle.createUpdate("INSERT INTO api_tokens (id, digest, name, owner, role, created,"
                        + " ends) VALUES (:id, :digest, :name, :owner, :role, :created, :ends)")
                .bind("id", token.id())
                .bind("digest", digest)
                .bind("name", token.name())
                .bind("owner", token.owner().orElse(null))
                .bind("role", token.role().name())
                .bind("created", token.created().toEpochMilli())
                .bind("ends", token.ends().toEpochMilli())
                .execute());
    }

    Optional<Found> find(String digest) {
        return database.read(handle -> handle.createQuery("SELECT api_tokens.*, administrators.role AS owner_role"
                        + " FROM api_tokens LEFT JOIN administrators ON administrators.name = api_tokens.owner"
                        + " WHERE digest = :digest")
                .bind("digest", digest)
                .map((row, context) -> new Found(
                        token(row),
                        Optional.ofNullable(row.getString("owner_role")).map(Role::valueOf)))
                .findOne());
    }

    void used(String id, Instant now) {
        database.change(handle -> handle.createUpdate("UPDATE api_tokens SET last_used = :now WHERE id = :id")
                .bind("now", now.toEpochMilli())
                .bind("id", id)
                .execute());
    }

    List<ApiToken> list() {
        return database.read(handle -> handle.createQuery("SELECT * FROM api_tokens ORDER BY created DESC, id")
                .map((row, context) -> token(row))
                .list());
    }

    boolean remove(String id) {
        return database.write(handle -> handle.createUpdate("DELETE FROM api_tokens WHERE id = :id")
                        .bind("id", id)
                        .execute()
                == 1);
    }

    private static ApiToken token(ResultSet row) throws SQLException {
        long used = row.getLong("last_used");
        boolean never = row.wasNull();
        return new ApiToken(
                row.getString("id"),
                row.getString("name"),
                Optional.ofNullable(row.getString("owner")),
                Role.valueOf(row.getString("role")),
                Instant.ofEpochMilli(row.getLong("created")),
                Instant.ofEpochMilli(row.getLong("ends")),
                never ? Optional.empty() : Optional.of(Instant.ofEpochMilli(used)));
    }
}
