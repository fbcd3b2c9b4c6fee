package org.kdcloudlet.client.http;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A few connections that wait for another request to the same place. Thread-safe. */
public final class IdleConnections implements Closeable {
    private static final long LONGEST_IDLE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int MOST = 8;

    private final Map<String, Deque<Connection>> idle = new HashMap<>();
    private int count;
    private boolean closed;

    /** None yet. */
    public IdleConnections() {
        // Nothing to set.
    }

    synchronized Optional<Connection> take(Target target) throws IOException {
        closeOld(System.nanoTime());
        Deque<Connection> some = idle.get(target.key());
        if (some == null || some.isEmpty()) {
            return Optional.empty();
        }
        count--;
        return Optional.of(some.pop());
    }

    synchronized void give(Target target, Connection connection) throws IOException {
        long now = System.nanoTime();
        closeOld(now);
        if (closed || count >= MOST) {
            connection.close();
            return;
        }
        connection.idle(now);
        idle.computeIfAbsent(target.key(), key -> new ArrayDeque<>()).push(connection);
        count++;
    }

    private void closeOld(long now) throws IOException {
        for (Iterator<Deque<Connection>> all = idle.values().iterator(); all.hasNext(); ) {
            Deque<Connection> some = all.next();
            while (!some.isEmpty() && now - some.peekLast().idleSince() > LONGEST_IDLE_NANOS) {
                some.pollLast().close();
                count--;
            }
            if (some.isEmpty()) {
                all.remove();
            }
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        List<Connection> all = new ArrayList<>();
        idle.values().forEach(all::addAll);
        idle.clear();
        count = 0;
        for (Connection connection : all) {
            connection.close();
        }
    }
}
