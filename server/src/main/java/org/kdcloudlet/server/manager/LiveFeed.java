package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.Event;
import org.kdcloudlet.server.operation.Events;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells pages that are shown what has changed, by server-sent events (HTML Living Standard, section 9.2) that name a topic and
 * nothing else; a page then asks for its part anew. One thread serves all viewers and waits for none of them.
 */
final class LiveFeed implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LiveFeed.class);
    static final int MAX_VIEWERS = 256;
    /** The attribute of a request. */
    private static final String NOTED = "live-noted";

    private static final Duration PERIOD = Duration.ofSeconds(4);
    private static final Duration GATHER = Duration.ofMillis(150);

    /** What may have changed. */
    enum Topic {
        SERVICES,
        INSTANCES,
        OPERATIONS,
        APPS,
        PREPARATIONS,
        /** Figures that change all the time: load, and what machines use. */
        USAGE
    }

    private final Events events;
    private final Runnable sample;
    private final Set<LiveViewer> viewers = ConcurrentHashMap.newKeySet();
    private final Thread thread = new Thread(this::run, "manager-live");
    private boolean begun;
    private volatile boolean closed;

    /** @param sample measures what changes all the time; called only while somebody looks */
    LiveFeed(Events events, Runnable sample) {
        this.events = events;
        this.sample = sample;
        thread.setDaemon(true);
    }

    /** Notes what has happened before anything is read for a page; to be called before each request. */
    void note(Context context) {
        context.attribute(NOTED, events.last());
    }

    /** Where a page follows what happens from the moment on that it was begun with. */
    static String address(Context context) {
        return "/live?since="
                + Optional.<Long>ofNullable(context.attribute(NOTED)).orElse(0L);
    }

    /**
     * Answers with a stream that lasts until the viewer leaves. It begins with what the viewer has missed: what has happened since its
     * page was made, while that was on its way or the connection was broken.
     */
    void follow(Context context) {
        if (context.method() == HandlerType.HEAD) {
            return;
        }
        if (viewers.size() >= MAX_VIEWERS) {
            throw new CloudletException(ErrorCode.NO_ROOM, MAX_VIEWERS + " pages are open already; close one of them.");
        }
        begin();
        CompletableFuture<Void> left = new CompletableFuture<>();
        LiveViewer viewer = new LiveViewer(context.req(), context.res(), left);
        context.future(() -> {
            viewers.add(viewer);
            left.whenComplete((nothing, failure) -> viewers.remove(viewer));
            viewer.begin();
            viewer.tell(missed(context));
            if (closed) {
                // It may have come after all others were told to leave.
                viewer.leave();
            }
            return left;
        });
    }

    /** All topics when it cannot be said. The viewer is told of what happens already, so that nothing falls between. */
    private Set<Topic> missed(Context context) {
        String since = context.queryParam("since");
        if (since == null) {
            return EnumSet.noneOf(Topic.class);
        }
        Optional<List<Event>> happened =
                since.matches("[0-9]{1,18}") ? events.since(Long.parseLong(since)) : Optional.empty();
        return happened.map(missed -> {
                    EnumSet<Topic> topics = EnumSet.noneOf(Topic.class);
                    missed.forEach(event -> topics.addAll(topics(event.type())));
                    return topics;
                })
                .orElseGet(() -> EnumSet.allOf(Topic.class));
    }

    private synchronized void begin() {
        if (!begun) {
            begun = true;
            thread.start();
        }
    }

    private void run() {
        try {
            while (!closed) {
                try (Events.Subscription subscription = events.subscribe(Optional.empty())) {
                    spread(subscription);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void spread(Events.Subscription subscription) throws InterruptedException {
        long due = System.nanoTime();
        Gathered gathered = new Gathered();
        while (!closed && !subscription.ended()) {
            long wait = Math.min(due, gathered.due(due)) - System.nanoTime();
            Optional<Event> event = subscription.next(Duration.ofNanos(Math.max(0, wait)));
            event.ifPresent(happened -> gathered.add(topics(happened.type())));
            gathered.takeDue().ifPresent(this::tell);
            if (System.nanoTime() >= due) {
                due = System.nanoTime() + PERIOD.toNanos();
                tick();
            }
        }
    }

    /** Topics of the events of a moment: a page is told once of what happens nearly at once. For one thread. */
    private static final class Gathered {
        private final EnumSet<Topic> topics = EnumSet.noneOf(Topic.class);
        private long due;

        void add(Set<Topic> more) {
            if (topics.isEmpty()) {
                due = System.nanoTime() + GATHER.toNanos();
            }
            topics.addAll(more);
        }

        /** When they are to be told; {@code otherwise} when there are none. */
        long due(long otherwise) {
            return topics.isEmpty() ? otherwise : due;
        }

        Optional<Set<Topic>> takeDue() {
            if (topics.isEmpty() || System.nanoTime() - due < 0) {
                return Optional.empty();
            }
            Set<Topic> taken = EnumSet.copyOf(topics);
            topics.clear();
            return Optional.of(taken);
        }
    }

    private void tick() {
        if (viewers.isEmpty()) {
            return;
        }
        try {
            sample.run();
        } catch (RuntimeException e) {
            log.warn("What machines use cannot be measured: {}", e.toString());
        }
        tell(EnumSet.of(Topic.USAGE));
    }

    private void tell(Set<Topic> topics) {
        viewers.forEach(viewer -> viewer.tell(topics));
    }

    private static Set<Topic> topics(String type) {
        return switch (type.substring(0, Math.max(0, type.indexOf('.')))) {
            case "service", "image", "template" -> EnumSet.of(Topic.SERVICES);
            case "pool" -> EnumSet.of(Topic.SERVICES, Topic.INSTANCES);
            case "instance" -> EnumSet.of(Topic.INSTANCES);
            case "preparation" -> EnumSet.of(Topic.SERVICES, Topic.PREPARATIONS);
            case "app" -> EnumSet.of(Topic.APPS);
            case "operation" -> EnumSet.of(Topic.OPERATIONS);
            default -> EnumSet.noneOf(Topic.class);
        };
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        viewers.forEach(LiveViewer::leave);
    }
}
