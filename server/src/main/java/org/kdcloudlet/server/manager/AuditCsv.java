package org.kdcloudlet.server.manager;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.kdcloudlet.server.account.AuditEntry;

/** Entries of the audit log as CSV (RFC 4180). */
final class AuditCsv {
    static final String TYPE = "text/csv; charset=utf-8";
    static final String HEADER = "id,time,actor,via,address,action,target,outcome\r\n";
    private static final List<Function<AuditEntry, String>> COLUMNS = List.of(
            entry -> Long.toString(entry.id()),
            entry -> AdminJson.time(entry.time()),
            AuditEntry::actor,
            entry -> AdminJson.name(entry.via()),
            AuditEntry::address,
            AuditEntry::action,
            AuditEntry::target,
            AuditEntry::outcome);

    private AuditCsv() {}

    /** With a header. */
    static String of(List<AuditEntry> entries) {
        return HEADER + entries.stream().map(AuditCsv::row).collect(Collectors.joining());
    }

    /** With the end of its line. */
    static String row(AuditEntry entry) {
        return COLUMNS.stream().map(column -> cell(column.apply(entry))).collect(Collectors.joining(",", "", "\r\n"));
    }

    /** Quoted; what a spreadsheet would take for a formula gets an apostrophe in front. */
    private static String cell(String value) {
        String inert = value.matches("(?s)[=+\\-@\\t].*") ? "'" + value : value;
        return '"' + inert.replace("\"", "\"\"") + '"';
    }
}
