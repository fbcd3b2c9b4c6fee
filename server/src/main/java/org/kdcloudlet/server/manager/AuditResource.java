package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
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

/** {@code /v1/audit}, a part of it, and {@code /v1/audit/export}, all: as JSON, or as CSV (RFC 4180) for those who ask for {@code text/csv}. */
public final class AuditResource {
    private final AuditLog audit;

    AuditResource(AuditLog audit) {
        this.audit = audit;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/v1/audit", this::list).needs(Role.ADMINISTRATOR),
                AdminRoute.waitingGet("/v1/audit/export", this::export)
                        .streaming()
                        .needs(Role.ADMINISTRATOR));
    }

    private void list(Context context) {
        List<AuditEntry> entries = audit.find(filter(context, 100));
        if (wantsCsv(context)) {
            Reply csv = new Reply(
                    200,
                    AuditCsv.TYPE,
                    AuditCsv.of(entries).getBytes(StandardCharsets.UTF_8),
                    Map.of("Content-Disposition", "attachment; filename=\"audit.csv\""));
            csv.sendTo(context);
        } else {
            AdminJson.reply(AdminJson.list("entries", entries, AuditResource::json))
                    .sendTo(context);
        }
    }

    private static boolean wantsCsv(Context context) {
        String accept = context.header("Accept");
        return "csv".equals(context.queryParam("format")) || (accept != null && accept.startsWith("text/csv"));
    }

    /** All that fits, however much. */
    private void export(Context context) {
        AuditFilter filter = filter(context, AuditFilter.MOST);
        if (wantsCsv(context)) {
            StreamedAnswer.send(context, AuditCsv.TYPE, "audit.csv", out -> {
                write(out, AuditCsv.HEADER);
                write(out, filter, "", AuditCsv::row);
            });
        } else {
            StreamedAnswer.send(context, "application/json", "audit.json", out -> {
                write(out, "{\"entries\":[");
                write(out, filter, ",", entry -> json(entry).toString());
                write(out, "]}");
            });
        }
    }

    /** Writes all that fit, which are read piece by piece while they are taken. */
    private void write(OutputStream out, AuditFilter filter, String separator, Function<AuditEntry, String> text)
            throws IOException {
        String before = "";
        for (Optional<AuditFilter> next = Optional.of(filter); next.isPresent(); ) {
            List<AuditEntry> entries = audit.find(next.get());
            for (AuditEntry entry : entries) {
                write(out, before + text.apply(entry));
                before = separator;
            }
            next = next.get().after(entries);
        }
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
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
}
