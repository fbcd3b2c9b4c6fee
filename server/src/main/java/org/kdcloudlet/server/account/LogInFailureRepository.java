package org.kdcloudlet.server.account;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.kdcloudlet.server.storage.Database;

/** Failed log-ins in the database. */
final class LogInFailureRepository {
    private final Database database;

    LogInFailureRepository(Database database) {
        this.database = database;
    }

    /** All since then, the oldest first; what is older is removed. */
    Map<String, LogInThrottle.Failures> since(Instant oldest) {
        return database.write(handle -> {
            handle.createUpdate("DELETE FROM log_in_failures WHERE last_failure < :oldest")
                    .bind("oldest", oldest.toEpochMilli())
                    .execute();
            Map<String, LogInThrottle.Failures> found = new LinkedHashMap<>();
            handle.createQuery("SELECT * FROM log_in_failures ORDER BY last_failure")
                    .map((row, context) -> Map.entry(
                            row.getString("subject"),
                            new LogInThrottle.Failures(
                                    row.getInt("failures"),
                                    Instant.ofEpochMilli(row.getLong("last_failure")),
                                    Instant.ofEpochMilli(row.getLong("refused_until")))))
                    .forEach(entry -> found.put(entry.getKey(), entry.getValue()));
            return found;
        });
    }

    /** Puts these on record, in place of what was, together. */
    void put(Map<String, LogInThrottle.Failures> failures) {
        database.change(handle -> failures.forEach((subject, each) -> {
            handle.createUpdate("DELETE FROM log_in_failures WHERE subject = :subject")
                    .bind("subject", subject)
                    .execute();
            handle.createUpdate("INSERT INTO log_in_failures (subject, failures, last_failure, refused_until)"
                            + " VALUES (:subject, :failures, :last, :until)")
                    .bind("subject", subject)
                    .bind("failures", each.count())
                    .bind("last", each.last().toEpochMilli())
                    .bind("until", each.until().toEpochMilli())
                    .execute();
        }));
    }

    void remove(String subject) {
        database.change(handle -> handle.createUpdate("DELETE FROM log_in_failures WHERE subject = :subject")
                .bind("subject", subject)
                .execute());
    }
}
