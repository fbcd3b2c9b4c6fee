package org.kdcloudlet.server.account;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.storage.Database;

/** Administrators in the database. */
final class AdministratorRepository {
    private final Database database;

    /** An administrator with the hash of the password. */
    record Stored(Administrator administrator, String passwordHash) {}

    AdministratorRepository(Database database) {
        this.database = database;
    }

    List<Administrator> list() {
        return database.read(handle -> handle.createQuery("SELECT * FROM administrators ORDER BY name")
                .map((row, context) -> stored(row).administrator())
                .list());
    }

    Optional<Stored> find(String name) {
        return database.read(handle -> handle.createQuery("SELECT * FROM administrators WHERE name = :name")
                .bind("name", name)
                .map((row, context) -> stored(row))
                .findOne());
    }

    /** Adds one. The first one spends the set-up link, which was for whoever makes the first account. */
    void add(Administrator administrator, String passwordHash) {
        database.change(handle -> {
            insert(handle, administrator, passwordHash);
            handle.execute("DELETE FROM setup_link WHERE (SELECT COUNT(*) FROM administrators) = 1");
        });
    }

    /** Adds one and spends the set-up link, both or neither; false when the link was spent meanwhile. */
    boolean addBySetupLink(Administrator administrator, String passwordHash, String linkDigest) {
        return database.write(handle -> {
            int spent = handle.createUpdate("DELETE FROM setup_link WHERE digest = :digest")
                    .bind("digest", linkDigest)
                    .execute();
            if (spent == 1) {
                insert(handle, administrator, passwordHash);
            }
            return spent == 1;
        });
    }

    private static void insert(Handle handle, Administrator administrator, String passwordHash) {
        int known = handle.createQuery("SELECT COUNT(*) FROM administrators WHERE name = :name")
                .bind("name", administrator.name())
                .mapTo(Integer.class)
                .one();
        if (known > 0) {
            throw new CloudletException(
                    ErrorCode.USER_EXISTS, "There is an administrator " + administrator.name() + " already.");
        }
        handle.createUpdate("INSERT INTO administrators (name, role, password_hash, created, password_changed)"
                        + " VALUES (:name, :role, :hash, :created, :changed)")
                .bind("name", administrator.name())
                .bind("role", administrator.role().name())
                .bind("hash", passwordHash)
                .bind("created", administrator.created().toEpochMilli())
                .bind("changed", administrator.passwordChanged().toEpochMilli())
                .execute();
    }

    /** Sets the password and ends the sessions of the administrator but one. */
    boolean setPassword(String name, String passwordHash, Instant now, Optional<String> keptSession) {
        return database.write(handle -> {
            handle.createUpdate("DELETE FROM sessions WHERE administrator = :name AND id <> :kept")
                    .bind("name", name)
                    .bind("kept", keptSession.orElse(""))
                    .execute();
            return handle.createUpdate("UPDATE administrators SET password_hash = :hash, password_changed = :now"
                                    + " WHERE name = :name")
                            .bind("hash", passwordHash)
                            .bind("now", now.toEpochMilli())
                            .bind("name", name)
                            .execute()
                    == 1;
        });
    }

    boolean setRole(String name, Role role) {
        return database.write(handle -> {
            keepOneAdministrator(handle, name, role);
            return handle.createUpdate("UPDATE administrators SET role = :role WHERE name = :name")
                            .bind("role", role.name())
                            .bind("name", name)
                            .execute()
                    == 1;
        });
    }

    /** Removes one with all sessions and tokens. */
    boolean remove(String name) {
        return database.write(handle -> {
            keepOneAdministrator(handle, name, Role.VIEWER);
            return handle.createUpdate("DELETE FROM administrators WHERE name = :name")
                            .bind("name", name)
                            .execute()
                    == 1;
        });
    }

    private static void keepOneAdministrator(Handle handle, String name, Role newRole) {
        List<String> administrators = handle.createQuery("SELECT name FROM administrators WHERE role = :role")
                .bind("role", Role.ADMINISTRATOR.name())
                .mapTo(String.class)
                .list();
        if (newRole != Role.ADMINISTRATOR && administrators.equals(List.of(name))) {
            throw new CloudletException(
                    ErrorCode.CONFLICT,
                    name + " is the only one with the role administrator; give it to another first.");
        }
    }

    private static Stored stored(ResultSet row) throws SQLException {
        return new Stored(
                new Administrator(
                        row.getString("name"),
                        Role.valueOf(row.getString("role")),
                        Instant.ofEpochMilli(row.getLong("created")),
                        Instant.ofEpochMilli(row.getLong("password_changed"))),
                row.getString("password_hash"));
    }
}
