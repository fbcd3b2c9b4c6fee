package org.kdcloudlet.server.storage;

import org.jdbi.v3.core.Handle;

/** Numbers that only grow, on record. */
public final class Counters {
    private Counters() {}

    /** Adds one to a counter, which begins at 0, and returns what it is then. */
    public static long next(Handle handle, String name) {
        int known = handle.createUpdate("UPDATE counters SET value = value + 1 WHERE name = :name")
                .bind("name", name)
                .execute();
        if (known == 0) {
            handle.createUpdate("INSERT INTO counters (name, value) VALUES (:name, 1)")
                    .bind("name", name)
                    .execute();
        }
        return handle.createQuery("SELECT value FROM counters WHERE name = :name")
                .bind("name", name)
                .mapTo(Long.class)
                .one();
    }
}
