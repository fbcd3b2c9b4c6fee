package org.kdcloudlet.client;

import java.io.Closeable;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A service that stays at hand: started at the best cloudlet, watched, and started elsewhere when its cloudlet is lost. When
 * the cloudlet hands the instance to another one and says so in the mailbox (spec/migration.md), the session follows. What the
 * app has sent to an instance that is lost is lost with it. Thread-safe.
 *
 * <p>A cloudlet counts as lost when two calls in a row have found nobody, or when it no longer lets this device in. Whether
 * the service itself answers is known to the app alone: it says so with {@link #reportLost()}.
 */
public final class ServiceSession implements Closeable {
    private static final int FAILURES = 2;
    private static final long RECHECK_MILLIS = 250;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;

    private final CloudletClient client;
    private final String serviceId;
    private final SessionListener listener;
    private final Placement placement;
    private final Object lock = new Object();
    /** While there is no instance: a cloudlet that appears ends the pause between two searches. */
    private final CloudletListener watcher = cloudlet -> searchNow();

    private Endpoint endpoint;
    private boolean served = true;
    private boolean closed;
    private int failures;
    private boolean searching;
    private boolean mayComeBack;
    private Future<?> next = CompletableFuture.completedFuture(null);

    ServiceSession(SessionBuilder builder, Placement placement, Endpoint endpoint) {
        client = builder.client;
        serviceId = builder.serviceId;
        listener = builder.listener;
        this.placement = placement;
        this.endpoint = endpoint;
    }

    /**
     * Where the service is to be reached.
     *
     * @return the latest; while {@link #isServed()} is false, where it was
     */
    public Endpoint endpoint() {
        synchronized (lock) {
            return endpoint;
        }
    }

    /**
     * Whether an instance is there, as far as is known.
     *
     * @return false between a loss and the next move, and after closing
     */
    public boolean isServed() {
        synchronized (lock) {
            return served && !closed;
        }
    }

    /** Says that the service does not answer. The instance is given up and another one looked for; returns at once. */
    public void reportLost() {
        Endpoint lost = endpoint();
        if (lose(lost, Optional.empty())) {
            client.at(lost.cloudlet()).stopAsync(lost.instance().id());
        }
    }

    void watchLater(long millis) {
        later(millis, this::watch);
    }

    private void later(long millis, Runnable step) {
        synchronized (lock) {
            if (!closed) {
                next = client.calls().timer().schedule(step, millis, TimeUnit.MILLISECONDS);
            }
        }
    }

    private void watch() {
        Endpoint watched = endpoint();
        client.at(watched.cloudlet()).messagesAsync(serviceId).whenComplete((messages, failure) -> {
            if (failure == null) {
                isThere(watched, messages);
            } else {
                isDoubtful(watched, failure);
            }
        });
    }

    private void isThere(Endpoint watched, List<Message> messages) {
        synchronized (lock) {
            if (endpoint != watched || !served || closed) {
                return;
            }
            failures = 0;
        }
        Optional<Handoff> handoff = Optional.empty();
        for (Message message : messages) {
            emit(SessionEvent.Kind.MESSAGE, watched, Optional.of(message), Optional.empty());
            Optional<Handoff> one = message.serviceId().equals(serviceId) ? Handoff.of(message) : Optional.empty();
            handoff = one.isPresent() ? one : handoff;
        }
        if (handoff.isPresent()) {
            follow(watched, handoff.get(), 0);
        } else {
            watchLater(client.settings().watchMillis);
        }
    }

    private void isDoubtful(Endpoint watched, Throwable failure) {
        boolean gone = failure instanceof CloudletUnreachableException || failure instanceof CloudletDeadlineException;
        boolean shut = failure instanceof CloudletRefusedException
                && ((CloudletRefusedException) failure).isAuthorizationMissing();
        int count;
        synchronized (lock) {
            if (endpoint != watched || !served || closed) {
                return;
            }
            failures = gone ? failures + 1 : 0;
            count = failures;
        }
        if (shut || count >= FAILURES) {
            lose(watched, Optional.of((CloudletException) failure));
        } else {
            watchLater(gone ? RECHECK_MILLIS : client.settings().watchMillis);
        }
    }

    /** Joins the instance at the other cloudlet; again and again, for the device may have to change networks first. */
    private void follow(Endpoint from, Handoff handoff, int attempt) {
        client.calls().compose(() -> placement.handedOff(from, handoff)).whenComplete((moved, failure) -> {
            if (failure == null) {
                adopt(from, moved);
            } else if (attempt < FAILURES && isCurrent(from)) {
                later(pause(attempt), () -> follow(from, handoff, attempt + 1));
            } else {
                lose(from, known(failure));
            }
        });
    }

    private boolean lose(Endpoint lost, Optional<CloudletException> cause) {
        synchronized (lock) {
            if (endpoint != lost || !served || closed) {
                return false;
            }
            served = false;
            mayComeBack = cause.isPresent() && cause.get().isRetryable();
            failures = 0;
            next.cancel(false);
        }
        emit(SessionEvent.Kind.LOST, lost, Optional.empty(), cause);
        // First, so that whoever ends the search or the session finds it there to be forgotten.
        client.finder().addListener(watcher);
        if (!isOpen()) {
            client.forget(watcher);
        }
        search(lost, 0);
        return true;
    }

    private void search(Endpoint lost, int attempt) {
        boolean backAgain;
        synchronized (lock) {
            searching = true;
            backAgain = mayComeBack;
        }
        client.calls().compose(() -> placement.instead(lost, backAgain)).whenComplete((moved, failure) -> {
            synchronized (lock) {
                searching = false;
            }
            if (failure == null) {
                adopt(lost, moved);
            } else if (isCurrent(lost)) {
                emit(SessionEvent.Kind.SEARCHING, lost, Optional.empty(), known(failure));
                later(pause(attempt), () -> search(lost, attempt + 1));
            }
        });
    }

    private void searchNow() {
        synchronized (lock) {
            // A step that is waiting and not cancelled yet is the next search.
            if (!served && !closed && !searching && next.cancel(false)) {
                Endpoint lost = endpoint;
                later(0, () -> search(lost, 0));
            }
        }
    }

    private void adopt(Endpoint before, Endpoint moved) {
        boolean wanted;
        synchronized (lock) {
            wanted = endpoint == before && !closed;
            if (wanted) {
                endpoint = moved;
                served = true;
                failures = 0;
            }
        }
        client.forget(watcher);
        if (wanted) {
            emit(SessionEvent.Kind.MOVED, moved, Optional.empty(), Optional.empty());
            watchLater(client.settings().watchMillis);
        } else if (moved != before) {
            client.at(moved.cloudlet()).stopAsync(moved.instance().id());
        }
    }

    private boolean isCurrent(Endpoint one) {
        synchronized (lock) {
            return endpoint == one && !closed;
        }
    }

    private static long pause(int attempt) {
        return Math.min(1000L << Math.min(attempt, 10), LONGEST_PAUSE_MILLIS);
    }

    private static Optional<CloudletException> known(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof CloudletException ? Optional.of((CloudletException) cause) : Optional.empty();
    }

    private void emit(
            SessionEvent.Kind kind, Endpoint at, Optional<Message> message, Optional<CloudletException> cause) {
        SessionEvent event = new SessionEvent(kind, at, message, cause);
        client.calls().tell(() -> {
            if (isOpen()) {
                listener.changed(event);
            }
        });
    }

    private boolean isOpen() {
        synchronized (lock) {
            return !closed;
        }
    }

    /** Begins to end, and tells when the instance was stopped. */
    Future<?> closeAsync() {
        Endpoint last;
        synchronized (lock) {
            if (closed) {
                return CompletableFuture.completedFuture(null);
            }
            closed = true;
            next.cancel(false);
            last = served ? endpoint : null;
        }
        client.sessions().remove(this);
        client.forget(watcher);
        return last == null
                ? CompletableFuture.completedFuture(null)
                : client.at(last.cloudlet()).stopAsync(last.instance().id());
    }

    /**
     * Stops using the instance, and waits for that no longer than a call may take. If the cloudlet cannot be reached, it will
     * stop the instance itself when it stays idle. Closing twice is harmless.
     */
    @Override
    public void close() {
        Farewell.await(Collections.singletonList(closeAsync()), client.settings().callMillis);
    }
}
