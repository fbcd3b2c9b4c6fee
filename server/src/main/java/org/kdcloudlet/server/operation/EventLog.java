package org.kdcloudlet.server.operation;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.kdcloudlet.server.background.Workers;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.storage.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Keeps events in memory for those who watch and writes them to the database half a second later, many at a time, so that no
 * start waits for it. A crash may lose those of the last half second, but never repeats an id: the number of the server's
 * start is its upper part.
 */
public final class EventLog implements Events, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);
    private static final int KEPT = 1000;
    private static final int QUEUE = 500;
    private static final int START_SHIFT = 32;
    private static final Duration WRITE_DELAY = Duration.ofMillis(500);
    private static final Duration KEEP = Duration.ofDays(7);

    private final EventRepository repository;
    private final Clock clock;
    private final Workers workers = new Workers("events", 1);
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Event> recent = new ArrayDeque<>();
    private final Set<Watcher> watchers = new HashSet<>();
    private List<Event> unwritten = new ArrayList<>();
    private final long firstId;
    private long lastId;
    private boolean closed;

    public EventLog(Database database, Clock clock) {
        this.repository = new EventRepository(database);
        this.clock = clock;
        recent.addAll(repository.latest(KEPT));
        firstId = repository.countStart() << START_SHIFT;
        lastId = firstId;
        workers.every(Duration.ofHours(1), "remove old events", this::removeOld);
    }

    @Override
    public void publish(String type, Map<String, String> subjects, String message) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            Event event = new Event(++lastId, clock.instant(), type, subjects, message);
            LoggingEventBuilder line = LOG.atInfo();
            subjects.forEach((kind, id) -> line.addKeyValue(kind, id));
            line.log("{} {} {}", type, subjects, message);
            recent.addLast(event);
            if (recent.size() > KEPT) {
                recent.removeFirst();
            }
            watchers.removeIf(watcher -> !watcher.offer(event));
            if (unwritten.isEmpty()) {
                workers.after(WRITE_DELAY, "write events", this::write);
            }
            unwritten.add(event);
        } finally {
            lock.unlock();
        }
    }

    private void write() {
        List<Event> batch;
        lock.lock();
        try {
            batch = unwritten;
            unwritten = new ArrayList<>();
        } finally {
            lock.unlock();
        }
        if (batch.isEmpty()) {
            return;
        }
        try {
            repository.add(batch);
        } catch (CloudletException e) {
            LOG.warn("{} events are not on record: {}", batch.size(), e.getMessage());
        }
    }

    private void removeOld() {
        repository.removeBefore(clock.instant().minus(KEEP));
    }

    @Override
    public List<Event> recent(int most) {
        lock.lock();
        try {
            List<Event> events = List.copyOf(recent);
            return events.subList(Math.max(0, events.size() - Math.max(0, most)), events.size());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long last() {
        lock.lock();
        try {
            return lastId;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<List<Event>> since(long id) {
        lock.lock();
        try {
            boolean allKept = recent.size() < KEPT || recent.getFirst().id() <= id + 1;
            if (id < firstId || id > lastId || !allKept) {
                return Optional.empty();
            }
            return Optional.of(recent.stream().filter(event -> event.id() > id).toList());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Subscription subscribe(Optional<Long> after) {
        lock.lock();
        try {
            List<Event> missed = recent.stream()
                    .filter(event -> after.isPresent() && event.id() > after.get())
                    .toList();
            Watcher watcher = new Watcher(missed);
            if (closed) {
                watcher.ended = true;
            } else {
                watchers.add(watcher);
            }
            return watcher;
        } finally {
            lock.unlock();
        }
    }

    /** Ends all subscriptions and writes what is not written. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            watchers.forEach(watcher -> watcher.ended = true);
            watchers.clear();
        } finally {
            lock.unlock();
        }
        workers.close();
        write();
    }

    private final class Watcher implements Subscription {
        private static final Duration LOOK = Duration.ofMillis(200);

        private final BlockingQueue<Event> queue;
        private volatile boolean ended;

        Watcher(List<Event> missed) {
            queue = new ArrayBlockingQueue<>(QUEUE + missed.size(), false, missed);
        }

        boolean offer(Event event) {
            if (!queue.offer(event)) {
                ended = true;
            }
            return !ended;
        }

        @Override
        public Optional<Event> next(Duration longest) throws InterruptedException {
            long until = System.nanoTime() + longest.toNanos();
            while (true) {
                long left = until - System.nanoTime();
                Event event = queue.poll(ended ? 0 : Math.max(0, Math.min(left, LOOK.toNanos())), TimeUnit.NANOSECONDS);
                if (event != null) {
                    return Optional.of(event);
                }
                if (ended || left <= 0) {
                    return Optional.empty();
                }
            }
        }

        @Override
        public boolean ended() {
            return ended && queue.isEmpty();
        }

        @Override
        public void close() {
            ended = true;
            lock.lock();
            try {
                watchers.remove(this);
            } finally {
                lock.unlock();
            }
        }
    }
}
