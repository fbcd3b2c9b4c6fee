package org.kdcloudlet.server.operation;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What happened, for those who watch. The last thousand events are kept in memory and written to disk shortly after; nobody
 * who watches can hold up what happens. Safe for use by many threads.
 *
 * <p>Types in use: {@code service.} added, edited, removed; {@code image.} imported, saved, current, removed; {@code template.}
 * preparing, ready, failed, none; {@code instance.} ready, adopted, paused, resumed, suspended, woken, stopped, failed,
 * start-failed; {@code preparation.} begun, adopted, running, paused, powered-off, saving, saved, discarded, failed;
 * {@code pool.} lost, failed; {@code operation.} started, step, succeeded, failed, cancelled; {@code setting.} changed.
 * Subjects are {@code service} (the id that clients use), {@code instance}, {@code preparation}, {@code version},
 * {@code operation} and its {@code target}.
 */
public interface Events {
    /** Tells of something that happened. Never blocks and never throws. */
    void publish(String type, Map<String, String> subjects, String message);

    /** The latest events, oldest first, at most so many. */
    List<Event> recent(int most);

    /** Id of the last event; 0 or more also before the first. */
    long last();

    /**
     * What has happened since an event, oldest first.
     *
     * @param id of that event, or what {@link #last} was
     * @return empty when it cannot be said, since it is too long ago or was told by an earlier server
     */
    Optional<List<Event>> since(long id);

    /**
     * Watches from now on.
     *
     * @param after id of the last event that the watcher has seen, to get what it missed as far as it is still kept
     */
    Subscription subscribe(Optional<Long> after);

    /** One who watches. For use by one thread; to be closed. */
    interface Subscription extends AutoCloseable {
        /**
         * The next event, or empty when none came in that time.
         *
         * @throws InterruptedException when the thread was interrupted
         */
        Optional<Event> next(Duration longest) throws InterruptedException;

        /** Whether it was dropped because it did not keep up, or because the server stops; there are no more events then. */
        boolean ended();

        @Override
        void close();
    }
}
