package org.kdcloudlet.server.backup;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.kdcloudlet.server.account.Actor;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.storage.Counters;
import org.kdcloudlet.server.storage.Database;
import org.kdcloudlet.server.storage.ForeignDatabase;

/** What a backup takes from a database, and what a restored one is given. */
final class BackupRepository {
    /** An image or a package that the database names. */
    record Content(String sha256, String format, long bytes, boolean icon) {}

    private BackupRepository() {}

    /** Whether a cloudlet has anything that a restore would replace. */
    static boolean isEmpty(Database database) {
        return database.read(handle -> count(handle, "SELECT COUNT(*) FROM services") == 0
                && count(handle, "SELECT COUNT(*) FROM apps") == 0
                && count(handle, "SELECT COUNT(*) FROM instances") == 0);
    }

    /** The same of the database file of a server that does not run; one that is not there is empty. */
    static boolean isEmpty(Path file) {
        try (Database database = Database.open(file)) {
            return isEmpty(database);
        }
    }

    private static int count(Handle handle, String query) {
        return handle.createQuery(query).mapTo(Integer.class).one();
    }

    static List<Content> images(Path copy) {
        return query(
                copy, handle -> handle.createQuery("SELECT DISTINCT sha256, format, file_bytes FROM image_versions")
                        .map((row, context) -> new Content(
                                row.getString(1), row.getString(2).toLowerCase(Locale.ROOT), row.getLong(3), false))
                        .list());
    }

    static List<Content> apps(Path copy) {
        return query(copy, handle -> handle.createQuery("SELECT DISTINCT sha256, file_bytes, icon FROM apps")
                .map((row, context) -> new Content(row.getString(1), "apk", row.getLong(2), row.getInt(3) != 0))
                .list());
    }

    /**
     * Takes out of a copy what is of this run of this host: sessions, the set-up link, instances and failed log-ins. Nothing of them
     * stays in the file.
     */
    static void strip(Path copy) {
        query(copy, handle -> {
            handle.execute("PRAGMA secure_delete = ON");
            for (String table : List.of("sessions", "setup_link", "instances", "log_in_failures")) {
                handle.execute("DELETE FROM " + table);
            }
            handle.execute("VACUUM");
            return true;
        });
    }

    /**
     * Makes a restored database fit for a host that has none of its templates and machines, and puts the restore on record.
     *
     * @throws CloudletException BACKUP_INVALID when it names files that no cloudlet has
     */
    static void adopt(Database database, Actor actor, Instant now, String target) {
        database.change(handle -> {
            refuse(
                    handle,
                    "SELECT COUNT(*) FROM image_versions WHERE length(sha256) <> 64 OR sha256 GLOB '*[^0-9a-f]*'"
                            + " OR format NOT IN ('QCOW2', 'RAW')"
                            + " OR template_state NOT IN ('NONE', 'PREPARING', 'READY', 'FAILED')");
            refuse(handle, "SELECT COUNT(*) FROM apps WHERE length(sha256) <> 64 OR sha256 GLOB '*[^0-9a-f]*'");
            for (String table : List.of("sessions", "setup_link", "instances", "log_in_failures")) {
                handle.execute("DELETE FROM " + table);
            }
            handle.execute("UPDATE image_versions SET template_state = 'NONE', template_key = NULL"
                    + " WHERE template_state <> 'FAILED'");
            handle.createUpdate("INSERT INTO audit (id, time, actor, via, address, action, target, outcome)"
                            + " VALUES (:id, :time, :actor, :via, :address, 'restore.add', :target, 'done')")
                    .bind("id", Counters.next(handle, "audit"))
                    .bind("time", now.toEpochMilli())
                    .bind("actor", actor.name())
                    .bind("via", actor.via().name())
                    .bind("address", actor.address())
                    .bind("target", target)
                    .execute();
        });
    }

    private static void refuse(Handle handle, String query) {
        if (count(handle, query) != 0) {
            throw ForeignDatabase.invalid("its database names files that no cloudlet has");
        }
    }

    private static <T> T query(Path file, Function<Handle, T> query) {
        try {
            return Jdbi.create("jdbc:sqlite:" + file).withHandle(query::apply);
        } catch (JdbiException e) {
            boolean full = String.valueOf(e.getMessage()).contains("SQLITE_FULL");
            throw new CloudletException(
                    full ? ErrorCode.STORAGE_FULL : ErrorCode.STORAGE_UNUSABLE,
                    full
                            ? "No space left for a copy of the database; free some."
                            : "The copy of the database does not work.",
                    e);
        }
    }
}
