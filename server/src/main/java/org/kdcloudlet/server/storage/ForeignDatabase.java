package org.kdcloudlet.server.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.sqlite.SQLiteDataSource;

/**
 * A database file that came from elsewhere. It is believed only when it is sound and has exactly the tables that this program's
 * migrations make for its schema: no view, trigger or index besides, which would run with the first statement.
 */
public final class ForeignDatabase {
    private static final String OBJECTS = "SELECT type || ' ' || name, sql FROM sqlite_master"
            + " WHERE name NOT LIKE 'sqlite_autoindex_%' AND NOT (type IN ('table', 'index')"
            + " AND name IN ('flyway_schema_history', 'flyway_schema_history_s_idx'))";

    private final Path file;

    public ForeignDatabase(Path file) {
        this.file = file;
    }

    /**
     * @return the schema that it has, 1 to that of this program
     * @throws CloudletException BACKUP_INVALID when it is not to be believed, or of a newer program; STORAGE_FULL
     */
    public int check() {
        SQLiteDataSource source = source(file);
        try {
            refuseWhatRuns(source);
            int version = new Schema(source, file).version();
            if (version > Schema.VERSION) {
                throw invalid("it was made by a newer KD-Cloudlet (schema " + version + ", this program knows "
                        + Schema.VERSION + "); restore it with that one");
            }
            if (version < 1 || !objects(source).equals(expected(version)) || !isSound(source)) {
                throw invalid("its database is damaged, or is none of a KD-Cloudlet");
            }
            return version;
        } catch (SQLException e) {
            throw invalid("its database is damaged, or is none of a KD-Cloudlet");
        }
    }

    /** The refusal of a backup. */
    public static CloudletException invalid(String why) {
        return new CloudletException(
                ErrorCode.BACKUP_INVALID, "This is not a backup that can be restored: " + why + ".");
    }

    private static void refuseWhatRuns(SQLiteDataSource source) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM sqlite_master"
                        + " WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%'")) {
            if (!row.next() || row.getInt(1) != 0) {
                throw invalid("its database has views, triggers or virtual tables, which no KD-Cloudlet makes");
            }
        }
    }

    private static boolean isSound(SQLiteDataSource source) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA integrity_check(1)")) {
            return row.next() && "ok".equals(row.getString(1));
        }
    }

    private static Map<String, String> objects(SQLiteDataSource source) throws SQLException {
        Map<String, String> found = new TreeMap<>();
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(OBJECTS)) {
            while (row.next()) {
                found.put(row.getString(1), String.valueOf(row.getString(2)));
            }
        }
        return found;
    }

    private Map<String, String> expected(int version) throws SQLException {
        Path example = file.resolveSibling(file.getFileName() + ".example");
        try {
            Files.deleteIfExists(example);
            SQLiteDataSource source = source(example);
            new Schema(source, example).migrateTo(version);
            Map<String, String> objects = objects(source);
            Files.delete(example);
            return objects;
        } catch (IOException e) {
            throw new CloudletException(
                    ErrorCode.STORAGE_UNUSABLE, "Cannot write beside " + file + ": " + e.getMessage(), e);
        }
    }

    private static SQLiteDataSource source(Path file) {
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl("jdbc:sqlite:" + file);
        return source;
    }
}
