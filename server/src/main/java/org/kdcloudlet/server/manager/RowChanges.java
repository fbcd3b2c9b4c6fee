package org.kdcloudlet.server.manager;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.kdcloudlet.server.manager.page.RowChange;

/**
 * Tells which rows of a table have changed since a page last asked, so that a page of many rows is not sent whole each time. Rows are
 * compared by what they show; a page names the state that it has by what it was given before. Rows that are added come last in
 * the table. Safe for use by many threads.
 *
 * @param <R> a row
 */
final class RowChanges<R> {
    /** So many rows that went away are remembered; a page that is further behind gets the whole table. */
    private static final int MOST_GONE = 1000;

    private final Function<R, String> id;
    private final Function<R, Object> shown;
    private final String epoch = UUID.randomUUID().toString().substring(0, 8);
    private final Map<String, Known> known = new HashMap<>();
    private final Deque<Gone> gone = new ArrayDeque<>();
    private long revision;
    private long forgotten;

    private record Known(Object shown, long added, long changed) {}

    private record Gone(String id, long since) {}

    /**
     * @param id of a row, which does not change
     * @param shown what of a row is shown; compared with {@code equals}
     */
    RowChanges(Function<R, String> id, Function<R, Object> shown) {
        this.id = id;
        this.shown = shown;
    }

    /** The state that all these rows are. */
    synchronized String state(List<R> rows) {
        note(rows);
        return epoch + "-" + revision;
    }

    /**
     * @param state that the page has
     * @param rows the table as it is now
     * @return empty when it cannot be said, or there are rows where there were none or the reverse: the page needs all of it
     */
    synchronized Optional<RowChange<R>> since(String state, List<R> rows) {
        boolean wasEmpty = known.isEmpty();
        note(rows);
        Optional<Long> seen = seen(state);
        if (seen.isEmpty() || seen.get() < forgotten || rows.isEmpty() || wasEmpty) {
            return Optional.empty();
        }
        List<R> added = new ArrayList<>();
        List<R> changed = new ArrayList<>();
        for (R row : rows) {
            Known last = known.get(id.apply(row));
            if (last.added() > seen.get()) {
                added.add(row);
            } else if (last.changed() > seen.get()) {
                changed.add(row);
            }
        }
        if (added.size() == rows.size()) {
            return Optional.empty();
        }
        List<String> left = gone.stream()
                .filter(row -> row.since() > seen.get())
                .map(Gone::id)
                .toList();
        return Optional.of(new RowChange<>(epoch + "-" + revision, added, changed, left));
    }

    private Optional<Long> seen(String state) {
        if (!state.matches("[0-9a-f]{8}-[0-9]{1,18}") || !state.startsWith(epoch)) {
            return Optional.empty();
        }
        long seen = Long.parseLong(state.substring(epoch.length() + 1));
        return seen > revision ? Optional.empty() : Optional.of(seen);
    }

    private void note(List<R> rows) {
        long next = revision + 1;
        boolean different = false;
        Set<String> there = new HashSet<>();
        for (R row : rows) {
            String name = id.apply(row);
            Object now = shown.apply(row);
            there.add(name);
            Known last = known.get(name);
            if (last == null) {
                known.put(name, new Known(now, next, next));
                different = true;
            } else if (!last.shown().equals(now)) {
                known.put(name, new Known(now, last.added(), next));
                different = true;
            }
        }
        for (String name : List.copyOf(known.keySet())) {
            if (!there.contains(name)) {
                known.remove(name);
                gone.add(new Gone(name, next));
                different = true;
            }
        }
        while (gone.size() > MOST_GONE) {
            forgotten = gone.remove().since();
        }
        revision = different ? next : revision;
    }
}
