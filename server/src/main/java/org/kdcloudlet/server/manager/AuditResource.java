package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.kdcloudlet.server.account.AuditEntry;
import org.kdcloudlet.server.account.AuditFilter;
import org.kdcloudlet.server.account.AuditLog;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.web.Reply;

/** {@code /v1/audit}: as JSON, or as CSV (RFC 4180) for those who ask for {@code text/csv}. */
public final class AuditResource {
    private static final String HEADER = "id,time,actor,via,address,action,target,outcome\r\n";

    private final AuditLog audit;

    AuditResource(AuditLog audit) {
        this.audit = audit;
    }

    List<AdminRoute> routes() {
        return List.of(AdminRoute.get("/v1/audit", this::list).needs(Role.ADMINISTRATOR));
    }

    private void list(Context context) {
        List<AuditEntry> entries = audit.find(filter(context, 100));
        String accept = context.header("Accept");
        if ("csv".equals(context.queryParam("format")) || (accept != null && accept.startsWith("text/csv"))) {
            csv(entries).sendTo(context);
        } else {
            AdminJson.reply(AdminJson.list("entries", entries, AuditResource::json))
                    .sendTo(context);
        }
    }

    /**
     * The filter that a query asks for.
     *
     * @throws org.kdcloudlet.server.error.CloudletException INVALID_VALUE
     */
    public static AuditFilter filter(Context context, int usualMost) {
        return new AuditFilter(
                text(context, "actor"),
                text(context, "action"),
                text(context, "since").map(value -> time("since", value)),
                text(context, "until").map(value -> time("until", value)),
                Numbers.id(context, "before"),
                Numbers.query(context, "limit", usualMost, 1, AuditFilter.MOST));
    }

    private static Optional<String> text(Context context, String name) {
        return Optional.ofNullable(context.queryParam(name)).filter(value -> !value.isBlank());
    }

    private static Instant time(String name, String text) {
        try {
            return text.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}")
                    ? Instant.parse(text + "T00:00:00Z")
                    : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw JsonBody.invalid(name + " must be a day, as 2026-11-23, or a time, as 2026-11-23T10:15:30Z.");
        }
    }

    private static ObjectNode json(AuditEntry entry) {
        return AdminJson.object()
                .put("id", entry.id())
                .put("time", AdminJson.time(entry.time()))
                .put("actor", entry.actor())
                .put("via", AdminJson.name(entry.via()))
                .put("address", entry.address())
                .put("action", entry.action())
                .put("target", entry.target())
                .put("outcome", entry.outcome());
    }

    private static Reply csv(List<AuditEntry> entries) {
        StringBuilder text = new StringBuilder(HEADER);
        List<Function<AuditEntry, String>> columns = List.of(
                entry -> Long.toString(entry.id()),
                entry -> AdminJson.time(entry.time()),
                AuditEntry::actor,
                entry -> AdminJson.name(entry.via()),
                AuditEntry::address,
                AuditEntry::action,
                AuditEntry::target,
                AuditEntry::outcome);
        for (AuditEntry entry : entries) {
            text.append(String.join(
                            ",",
                            columns.stream()
                                    .map(column -> cell(column.apply(entry)))
                                    .toList()))
                    .append("\r\n");
        }
        return new Reply(
                200,
                "text/csv; charset=utf-8",
                text.toString().getBytes(StandardCharsets.UTF_8),
                Map.of("Content-Disposition", "attachment; filename=\"audit.csv\""));
    }

    /** Quoted; what a spreadsheet would take for a formula gets an apostrophe in front. */
    private static String cell(String value) {
        String inert = value.matches("(?s)[=+\\-@\\t].*") ? "'" + value : value;
        return '"' + inert.replace("\"", "\"\"") + '"';
    }
}
