package org.kdcloudlet.server.account;

import java.time.Instant;
import org.kdcloudlet.server.storage.Database;

/** The set-up link in the database. */
final class SetupLinkRepository {
    private final Database database;

    SetupLinkRepository(Database database) {
        this.database = database;
    }

    /** Puts one in the place of any other. */
    void replace(String digest, Instant ends) {
        database.change(handle -> {
            handle.execute("DELETE FROM setup_link");
            handle.createUpdate("INSERT INTO setup_link (digest, ends) VALUES (:digest, :ends)")
                    .bind("digest", digest)
                    .bind("ends", ends.toEpochMilli())
                    .execute();
        });
    }

    boolean isGood(String digest, Instant now) {
        return database.read(
                handle -> handle.createQuery("SELECT COUNT(*) FROM setup_link WHERE digest = :digest AND ends > :now")
                                .bind("digest", digest)
                                .bind("now", now.toEpochMilli())
                                .mapTo(Integer.class)
                                .one()
                        == 1);
    }
}
