package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.kdcloudlet.server.account.AuditEntry;
import org.kdcloudlet.server.account.AuditFilter;
import org.kdcloudlet.server.account.AuditLog;
import org.kdcloudlet.server.account.Role;

/** {@code /audit}: who did what from where. */
final class AuditPage {
    private static final int ROWS = 100;
    private static final List<String> FILTERS = List.of("actor", "action", "since", "until");

    private final AuditLog audit;
    private final PageRenderer pages;

    AuditPage(AuditLog audit, PageRenderer pages) {
        this.audit = audit;
        this.pages = pages;
    }

    List<AdminRoute> routes() {
        return List.of(AdminRoute.get("/audit", this::show).needs(Role.ADMINISTRATOR));
    }

    private void show(Context context) {
        AuditFilter filter = AuditResource.filter(context, ROWS);
        List<AuditEntry> entries = audit.find(filter);
        Map<String, Object> values = new HashMap<>();
        StringBuilder query = new StringBuilder();
        for (String name : FILTERS) {
            String value = context.queryParam(name);
            values.put(name, value == null ? "" : value);
            if (value != null && !value.isBlank()) {
                query.append('&').append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
            }
        }
        values.put("entries", entries);
        values.put("query", query.toString());
        values.put(
                "older",
                filter.after(entries)
                        .map(older -> "/audit?limit=" + older.most() + "&before="
                                + older.before().orElseThrow() + query)
                        .orElse(""));
        pages.page(context, "audit", pages.frame(context, "Audit", "audit"), values);
    }
}
