package org.kdcloudlet.server.storage;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the tables as this program expects them. Flyway makes the changes; it takes longer to load than the rest of the
 * server's start together, so its history is read first and it is left alone when there is nothing to do.
 */
final class Schema {
    /** Number of the last file in the folder {@code migrations}. */
    static final int VERSION = 6;

    private static final Logger LOG = LoggerFactory.getLogger(Schema.class);

    private final DataSource source;
    private final Path file;

    Schema(DataSource source, Path file) {
        this.source = source;
        this.file = file;
    }

    void bringUpToDate() throws SQLException {
        int found = version();
        if (found > VERSION) {
            throw new CloudletException(
                    ErrorCode.STORAGE_UNUSABLE,
                    "The database " + file + " was made by a newer KD-Cloudlet (schema " + found
                            + ", this program knows " + VERSION + "); use that one, or another data directory",
                    Map.of("schema", found, "known", VERSION));
        }
        if (found < VERSION) {
            migrate(found);
        }
    }

    /** The schema that the database has; 0 for one without tables. */
    int version() throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            try (ResultSet tables = connection.getMetaData().getTables(null, null, "flyway_schema_history", null)) {
                if (!tables.next()) {
                    return 0;
                }
            }
            try (ResultSet row = statement.executeQuery(
                    "SELECT MAX(CAST(version AS INTEGER)) FROM flyway_schema_history WHERE success")) {
                return row.next() ? row.getInt(1) : 0;
            }
        }
    }

    private void migrate(int found) throws SQLException {
        migrateTo(VERSION);
        LOG.info("database brought from schema {} to {}: {}", found, VERSION, file);
    }

    /** Makes the changes up to a version. */
    void migrateTo(int version) throws SQLException {
        try {
            Flyway.configure(Schema.class.getClassLoader())
                    .dataSource(source)
                    .locations("classpath:org/kdcloudlet/server/storage/migrations")
                    .target(Integer.toString(version))
                    .load()
                    .migrate();
        } catch (FlywayException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof SQLException failure) {
                    throw failure;
                }
            }
            throw new CloudletException(
                    ErrorCode.STORAGE_UNUSABLE, "The database " + file + " cannot be brought up to date", e);
        }
    }
}
