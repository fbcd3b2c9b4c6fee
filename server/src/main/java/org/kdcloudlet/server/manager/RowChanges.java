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
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.kdcloudlet.server.manager.page.RowChange;

/**
 * Tells which rows of a table have changed since a page last asked, so that a page of many rows is not sent whole each time. Rows are
 * compared by what they show; a page names the state that it has by what it was given before. A page may show a part of the rows
 * only. Safe for use by many threads.
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
    Optional<RowChange<R>> since(String state, List<R> rows) {
        return since(state, rows, rows, row -> true);
    }

    /**
     * The same for a page that shows a part of the table. A row that it had not in its part, or has no more, is added or gone for it.
     *
     * @param page its part as it is now
     * @param within tells where its part was: which rows it showed, of those that were there
     */
    synchronized Optional<RowChange<R>> since(String state, List<R> rows, List<R> page, Predicate<R> within) {
        note(rows);
        Optional<Long> asked = seen(state);
        if (asked.isEmpty() || asked.get() < forgotten || page.isEmpty()) {
            return Optional.empty();
        }
        long seen = asked.get();
        List<R> added = new ArrayList<>();
        List<R> changed = new ArrayList<>();
        Set<String> shown = new HashSet<>();
        for (R row : page) {
            shown.add(id.apply(row));
            if (!wasShown(row, seen, within)) {
                added.add(row);
            } else if (known.get(id.apply(row)).changed() > seen) {
                changed.add(row);
            }
        }
        if (added.size() == page.size()) {
            return Optional.empty();
        }
        Stream<String> left = gone.stream().filter(row -> row.since() > seen).map(Gone::id);
        Stream<String> outside =
                rows.stream().filter(row -> wasShown(row, seen, within)).map(id);
        List<String> away = Stream.concat(left, outside)
                .filter(name -> !shown.contains(name))
                .toList();
        return Optional.of(new RowChange<>(epoch + "-" + revision, added, changed, away));
    }

    private boolean wasShown(R row, long seen, Predicate<R> within) {
        return known.get(id.apply(row)).added() <= seen && within.test(row);
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
