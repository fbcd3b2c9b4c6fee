package org.kdcloudlet.server.setting;

import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.kdcloudlet.server.storage.Database;

/** Values that were set while the server ran, in the database. */
final class LiveValueRepository {
    private final Database database;

    LiveValueRepository(Database database) {
        this.database = database;
    }

    List<LiveValue> all() {
        return database.read(handle -> handle.createQuery("SELECT * FROM settings ORDER BY key")
                .map((row, context) -> new LiveValue(
                        row.getString("key"),
                        row.getString("value"),
                        row.getString("changed_by"),
                        Instant.ofEpochMilli(row.getLong("changed"))))
                .list());
    }

    /** Puts one in the place of an earlier one of its key. */
    void put(LiveValue value) {
        database.change(handle -> {
            remove(handle, value.key());
            handle.createUpdate("INSERT INTO settings (key, value, changed_by, changed)"
                            + " VALUES (:key, :value, :by, :changed)")
                    .bind("key", value.key())
                    .bind("value", value.text())
                    .bind("by", value.by())
                    .bind("changed", value.at().toEpochMilli())
                    .execute();
        });
    }

    void remove(String key) {
        database.change(handle -> remove(handle, key));
    }

    private static void remove(Handle handle, String key) {
        handle.createUpdate("DELETE FROM settings WHERE key = :key")
                .bind("key", key)
                .execute();
    }
}
