package org.kdcloudlet.server.manager.page;

import java.util.List;

/**
 * What has changed in a table.
 *
 * @param <R> a row
 * @param state of the table now
 * @param added in the order of the table; where they belong in it, the table knows
 * @param changed in the order of the table
 * @param gone ids of rows
 */
public record RowChange<R>(String state, List<R> added, List<R> changed, List<String> gone) {
    public RowChange {
        added = List.copyOf(added);
        changed = List.copyOf(changed);
        gone = List.copyOf(gone);
    }
}
