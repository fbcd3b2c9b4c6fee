package org.kdcloudlet.server.preparation;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.server.preparation.Preparation.Start;
import org.kdcloudlet.server.storage.Database;

/** Preparations in the database. */
final class PreparationRepository {
    private final Database database;

    PreparationRepository(Database database) {
        this.database = database;
    }

    /**
     * What is on record of one.
     *
     * @param begun whether its machine ran when it was recorded
     * @param cdrom what was left in the drive
     */
    record Row(
            UUID id,
            String service,
            Start start,
            boolean begun,
            Optional<String> cdrom,
            Instant created,
            Optional<String> problem) {}

    List<Row> all() {
        return database.read(handle -> handle.createQuery("SELECT * FROM preparations ORDER BY created")
                .map((row, context) -> row(row))
                .list());
    }

    private static Row row(ResultSet row) throws SQLException {
        int version = row.getInt("version");
        Optional<Integer> from = row.wasNull() ? Optional.empty() : Optional.of(version);
        Optional<String> cdrom = Optional.ofNullable(row.getString("cdrom"));
        return new Row(
                UUID.fromString(row.getString("id")),
                row.getString("service"),
                new Start(from, row.getLong("blank_mib"), NetworkAccess.valueOf(row.getString("network")), cdrom),
                row.getInt("begun") != 0,
                cdrom,
                Instant.ofEpochMilli(row.getLong("created")),
                Optional.ofNullable(row.getString("problem")));
    }

    void add(LivePreparation preparation) {
        Preparation shown = preparation.shown();
        Start start = shown.start();
        database.change(handle -> handle.createUpdate("INSERT INTO preparations (id, service, version, blank_mib,"
                        + " network, cdrom, begun, created, problem) VALUES (:id, :service, :version, :blank, :network,"
                        + " :cdrom, 0, :created, NULL)")
                .bind("id", shown.id().toString())
                .bind("service", shown.service())
                .bind("version", start.version().orElse(null))
                .bind("blank", start.blankMib())
                .bind("network", start.network().name())
                .bind("cdrom", start.cdrom().orElse(null))
                .bind("created", shown.created().toEpochMilli())
                .execute());
    }

    /** Notes that its machine runs; from now on a later server goes on with it. */
    void begun(UUID id) {
        database.change(handle -> handle.createUpdate("UPDATE preparations SET begun = 1 WHERE id = :id")
                .bind("id", id.toString())
                .execute());
    }

    void ejected(UUID id) {
        database.change(handle -> handle.createUpdate("UPDATE preparations SET cdrom = NULL WHERE id = :id")
                .bind("id", id.toString())
                .execute());
    }

    void failed(UUID id, String problem) {
        database.change(handle -> handle.createUpdate("UPDATE preparations SET problem = :problem WHERE id = :id")
                .bind("id", id.toString())
                .bind("problem", problem.substring(0, Math.min(1000, problem.length())))
                .execute());
    }

    void remove(UUID id) {
        database.change(handle -> handle.createUpdate("DELETE FROM preparations WHERE id = :id")
                .bind("id", id.toString())
                .execute());
    }
}
