package org.kdcloudlet.server.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.sqlite.SQLiteDataSource;

/**
 * Databases as earlier versions of the program left them: their tables are made by the migrations up to that version, which a test
 * keeps from being changed.
 */
public final class OlderDatabase {
    /** The newest schema that was released before the present one. */
    public static final int NEWEST = Schema.VERSION - 1;

    private OlderDatabase() {}

    /** Makes a database of a version with these rows. */
    public static void make(Path file, int version, List<String> inserts) throws IOException, SQLException {
        Files.createDirectories(file.getParent());
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl("jdbc:sqlite:" + file);
        new Schema(source, file).migrateTo(version);
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            for (String insert : inserts) {
                statement.executeUpdate(insert);
            }
        }
    }

    /** Puts in the place of a present database, which no server uses, one of an earlier version with what that could hold. */
    public static void takeBack(Path file, int version) throws IOException, SQLException {
        Path older = file.resolveSibling("older.sqlite");
        make(older, version, List.of());
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + older);
                Statement statement = connection.createStatement()) {
            statement.execute("ATTACH '" + file + "' AS present");
            for (String table : strings(
                    statement,
                    "SELECT name FROM main.sqlite_master WHERE type = 'table'"
                            + " AND name NOT LIKE 'flyway%' AND name NOT LIKE 'sqlite%'")) {
                String columns =
                        String.join(", ", strings(statement, "SELECT name FROM pragma_table_info('" + table + "')"));
                statement.executeUpdate("INSERT INTO main." + table + " (" + columns + ") SELECT " + columns
                        + " FROM present." + table);
            }
        }
        Files.deleteIfExists(file.resolveSibling(file.getFileName() + "-wal"));
        Files.deleteIfExists(file.resolveSibling(file.getFileName() + "-shm"));
        Files.move(older, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private static List<String> strings(Statement statement, String query) throws SQLException {
        List<String> found = new ArrayList<>();
        try (ResultSet row = statement.executeQuery(query)) {
            while (row.next()) {
                found.add(row.getString(1));
            }
        }
        return found;
    }
}
