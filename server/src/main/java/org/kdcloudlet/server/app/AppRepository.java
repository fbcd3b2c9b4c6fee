package org.kdcloudlet.server.app;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.Update;
import org.kdcloudlet.server.storage.Database;
import org.kdcloudlet.server.storage.JsonColumn;

/** Apps in the database. */
final class AppRepository {
    private final Database database;

    AppRepository(Database database) {
        this.database = database;
    }

    List<App> apps() {
        return database.read(handle -> handle.createQuery("SELECT * FROM apps")
                .map((row, context) -> app(row))
                .list());
    }

    private static App app(ResultSet row) throws SQLException {
        return new App(
                row.getString("id"),
                new PackageDetails(
                        row.getString("package_name"),
                        row.getString("name"),
                        row.getString("version_name"),
                        row.getLong("version_code"),
                        row.getString("min_android")),
                new PackageContent(
                        row.getString("sha256"),
                        row.getString("md5"),
                        row.getLong("file_bytes"),
                        row.getInt("icon") != 0),
                new AppMetadata(
                        Optional.ofNullable(row.getString("service_id")),
                        row.getString("description"),
                        JsonColumn.texts(JsonColumn.read(row.getString("tags_json")))),
                Instant.ofEpochMilli(row.getLong("created")),
                Instant.ofEpochMilli(row.getLong("modified")));
    }

    void add(App app) {
        database.change(handle -> bind(
                        handle.createUpdate("INSERT INTO apps (id, package_name, name, version_name, version_code,"
                                + " min_android, sha256, md5, file_bytes, icon, service_id, description, tags_json,"
                                + " created, modified) VALUES (:id, :packageName, :name, :versionName, :versionCode,"
                                + " :minAndroid, :sha256, :md5, :bytes, :icon, :serviceId, :description, :tags,"
                                + " :created, :modified)"),
                        app)
                .bind("packageName", app.details().packageName())
                .bind("created", app.created().toEpochMilli())
                .execute());
    }

    void update(App app) {
        database.change(handle -> bind(
                        handle.createUpdate("UPDATE apps SET name = :name, version_name = :versionName,"
                                + " version_code = :versionCode, min_android = :minAndroid, sha256 = :sha256,"
                                + " md5 = :md5, file_bytes = :bytes, icon = :icon, service_id = :serviceId,"
                                + " description = :description, tags_json = :tags, modified = :modified"
                                + " WHERE id = :id"),
                        app)
                .execute());
    }

    private static Update bind(Update update, App app) {
        return update.bind("id", app.id())
                .bind("name", app.details().name())
                .bind("versionName", app.details().versionName())
                .bind("versionCode", app.details().versionCode())
                .bind("minAndroid", app.details().minAndroid())
                .bind("sha256", app.content().sha256())
                .bind("md5", app.content().md5())
                .bind("bytes", app.content().bytes())
                .bind("icon", app.content().icon() ? 1 : 0)
                .bind("serviceId", app.metadata().serviceId().orElse(null))
                .bind("description", app.metadata().description())
                .bind("tags", JsonColumn.texts(app.metadata().tags()))
                .bind("modified", app.modified().toEpochMilli());
    }

    void remove(App app) {
        database.change(handle -> handle.createUpdate("DELETE FROM apps WHERE id = :id")
                .bind("id", app.id())
                .execute());
    }
}
