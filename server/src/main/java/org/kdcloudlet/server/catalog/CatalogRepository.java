package org.kdcloudlet.server.catalog;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.server.storage.Database;

/** Services and image versions in the database. */
final class CatalogRepository {
    private final Database database;

    CatalogRepository(Database database) {
        this.database = database;
    }

    List<Service> services() {
        return database.read(handle -> handle.createQuery("SELECT * FROM services")
                .map((row, context) -> service(row))
                .list());
    }

    private static Service service(ResultSet row) throws SQLException {
        int version = row.getInt("image_version");
        Optional<Integer> current = row.wasNull() ? Optional.empty() : Optional.of(version);
        return new Service(
                row.getString("id"),
                ServiceJson.read(row.getString("definition_json")),
                current,
                Instant.ofEpochMilli(row.getLong("created")),
                Instant.ofEpochMilli(row.getLong("modified")));
    }

    /** Adds a service without an image. */
    void add(Service service) {
        database.change(handle -> insert(handle, service, 0));
    }

    /** Adds a service as it is with its first version, and that version, together. */
    void addWithFirst(Service service, ImageVersion version) {
        database.change(handle -> {
            insert(handle, service, version.number());
            insert(handle, version);
            update(handle, service);
        });
    }

    private static void insert(Handle handle, Service service, int lastVersion) {
        handle.createUpdate("INSERT INTO services (id, service_id, definition_json,"
                        + " image_version, last_version, created, modified)"
                        + " VALUES (:id, :serviceId, :definition, NULL, :lastVersion, :created, :modified)")
                .bind("id", service.id())
                .bind("serviceId", service.serviceId())
                .bind("definition", ServiceJson.write(service.definition()))
                .bind("lastVersion", lastVersion)
                .bind("created", service.created().toEpochMilli())
                .bind("modified", service.modified().toEpochMilli())
                .execute();
    }

    void update(Service service) {
        database.change(handle -> update(handle, service));
    }

    private static void update(Handle handle, Service service) {
        handle.createUpdate("UPDATE services SET service_id = :serviceId, definition_json = :definition,"
                        + " image_version = :version, modified = :modified WHERE id = :id")
                .bind("id", service.id())
                .bind("serviceId", service.serviceId())
                .bind("definition", ServiceJson.write(service.definition()))
                .bind("version", service.imageVersion().orElse(null))
                .bind("modified", service.modified().toEpochMilli())
                .execute();
    }

    /** Removes a service and its image versions. */
    void remove(Service service) {
        database.change(handle -> handle.createUpdate("DELETE FROM services WHERE id = :id")
                .bind("id", service.id())
                .execute());
    }

    List<ImageVersion> versions() {
        return database.read(handle -> handle.createQuery("SELECT * FROM image_versions")
                .map((row, context) -> version(row))
                .list());
    }

    private static ImageVersion version(ResultSet row) throws SQLException {
        return new ImageVersion(
                row.getString("service"),
                row.getInt("number"),
                row.getString("sha256"),
                DiskFormat.valueOf(row.getString("format")),
                row.getLong("file_bytes"),
                row.getLong("virtual_bytes"),
                Instant.ofEpochMilli(row.getLong("created")),
                TemplateState.valueOf(row.getString("template_state")),
                Optional.ofNullable(row.getString("template_key")).map(TemplateKey::new),
                Optional.ofNullable(row.getString("problem")),
                row.getInt("broken") != 0);
    }

    /** The next number of an image version of a service; a number is given out once, even if it is not used then. */
    int nextVersion(String service) {
        return database.write(handle -> {
            handle.createUpdate("UPDATE services SET last_version = last_version + 1 WHERE id = :id")
                    .bind("id", service)
                    .execute();
            return handle.createQuery("SELECT last_version FROM services WHERE id = :id")
                    .bind("id", service)
                    .mapTo(Integer.class)
                    .one();
        });
    }

    /** Adds a version and records the service as it is with it, together. */
    void add(ImageVersion version, Service service) {
        database.change(handle -> {
            insert(handle, version);
            update(handle, service);
        });
    }

    private static void insert(Handle handle, ImageVersion version) {
        handle.createUpdate("INSERT INTO image_versions (service, number, sha256, format, file_bytes,"
                        + " virtual_bytes, created, template_state, template_key, problem, broken) VALUES"
                        + " (:service, :number, :sha256, :format, :fileBytes, :virtualBytes, :created, :state,"
                        + " NULL, NULL, 0)")
                .bind("service", version.service())
                .bind("number", version.number())
                .bind("sha256", version.sha256())
                .bind("format", version.format().name())
                .bind("fileBytes", version.fileBytes())
                .bind("virtualBytes", version.virtualBytes())
                .bind("created", version.created().toEpochMilli())
                .bind("state", version.template().name())
                .execute();
    }

    void update(ImageVersion version) {
        database.change(handle -> handle.createUpdate("UPDATE image_versions SET template_state = :state,"
                        + " template_key = :key, problem = :problem, broken = :broken"
                        + " WHERE service = :service AND number = :number")
                .bind("service", version.service())
                .bind("number", version.number())
                .bind("state", version.template().name())
                .bind("key", version.templateKey().map(TemplateKey::value).orElse(null))
                .bind("problem", version.problem().orElse(null))
                .bind("broken", version.broken() ? 1 : 0)
                .execute());
    }

    /** Removes a version and records the service as it is without it, together. */
    void remove(ImageVersion version, Service service) {
        database.change(handle -> {
            handle.createUpdate("DELETE FROM image_versions WHERE service = :service AND number = :number")
                    .bind("service", version.service())
                    .bind("number", version.number())
                    .execute();
            update(handle, service);
        });
    }
}
