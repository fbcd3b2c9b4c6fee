package org.kdcloudlet.server.operation;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.Operation.Failure;
import org.kdcloudlet.server.operation.Operation.Step;

/**
 * An operation at work: what its job tells, and what others want of it. Each change of its steps goes to a listener, which
 * puts it on record; progress within a step does not.
 */
final class OperationRun implements OperationContext {
    private static final int LOG_LINES = 200;
    private static final int LOG_LINE = 1000;
    private static final long PERCENT = 100;

    /**
     * Who is told of it.
     *
     * @param changed of each step, and the end
     * @param result as soon as there is one
     */
    record Listeners(Consumer<Operation> changed, Consumer<Operation> result) {}

    private final long id;
    private final String kind;
    private final String target;
    private final Instant created;
    private final Instant deadline;
    private final Clock clock;
    private final Listeners listeners;
    private final CompletableFuture<Operation> end = new CompletableFuture<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Step> steps = new ArrayList<>();
    private final Deque<String> log = new ArrayDeque<>();
    private final List<Runnable> cancelActions = new ArrayList<>();
    private long bytesDone;
    private long bytesTotal;
    private OperationState state = OperationState.RUNNING;
    private boolean committed;
    private Optional<String> result = Optional.empty();
    private Optional<Failure> cancelled = Optional.empty();
    private Optional<Failure> error = Optional.empty();
    private Optional<Instant> finished = Optional.empty();

    OperationRun(long id, String kind, String target, Instant deadline, Clock clock, Listeners listeners) {
        this.id = id;
        this.kind = kind;
        this.target = target;
        this.created = clock.instant();
        this.deadline = deadline;
        this.clock = clock;
        this.listeners = listeners;
    }

    Operation snapshot() {
        lock.lock();
        try {
            Optional<Integer> percent = bytesTotal > 0
                    ? Optional.of((int) Math.max(0, Math.min(PERCENT, bytesDone * PERCENT / bytesTotal)))
                    : Optional.empty();
            return new Operation(
                    id,
                    kind,
                    target,
                    state,
                    steps,
                    percent,
                    bytesDone,
                    bytesTotal,
                    List.copyOf(log),
                    error,
                    result,
                    state == OperationState.RUNNING && !committed,
                    created,
                    deadline,
                    finished);
        } finally {
            lock.unlock();
        }
    }

    /** Completes when the operation has ended. */
    CompletableFuture<Operation> end() {
        return end;
    }

    @Override
    public void step(String name) {
        checkCancelled();
        lock.lock();
        try {
            endStep(OperationState.SUCCEEDED);
            steps.add(new Step(name, OperationState.RUNNING));
            bytesDone = 0;
            bytesTotal = 0;
        } finally {
            lock.unlock();
        }
        listeners.changed().accept(snapshot());
    }

    private void endStep(OperationState how) {
        if (!steps.isEmpty() && steps.get(steps.size() - 1).state() == OperationState.RUNNING) {
            Step last = steps.remove(steps.size() - 1);
            steps.add(new Step(last.name(), how));
        }
    }

    @Override
    public void log(String line) {
        lock.lock();
        try {
            log.addLast(line.length() > LOG_LINE ? line.substring(0, LOG_LINE) : line);
            if (log.size() > LOG_LINES) {
                log.removeFirst();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Progress progress() {
        return (done, total) -> {
            checkCancelled();
            lock.lock();
            try {
                bytesDone = done;
                bytesTotal = total;
            } finally {
                lock.unlock();
            }
        };
    }

    @Override
    public void result(String value) {
        lock.lock();
        try {
            result = Optional.of(value);
        } finally {
            lock.unlock();
        }
        listeners.result().accept(snapshot());
    }

    @Override
    public void onCancel(Runnable action) {
        boolean now;
        lock.lock();
        try {
            now = cancelled.isPresent();
            if (!now) {
                cancelActions.add(action);
            }
        } finally {
            lock.unlock();
        }
        if (now) {
            action.run();
        }
    }

    @Override
    public void checkCancelled() {
        lock.lock();
        try {
            if (cancelled.isPresent()) {
                throw new CancellationException(cancelled.get().message());
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void commit() {
        lock.lock();
        try {
            checkCancelled();
            committed = true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Asks the job to end.
     *
     * @return what was to be done then; empty when it has ended, was asked before or cannot be cancelled any more
     */
    Optional<List<Runnable>> cancel(ErrorCode code, String why) {
        lock.lock();
        try {
            if (state.ended() || committed || cancelled.isPresent()) {
                return Optional.empty();
            }
            cancelled = Optional.of(new Failure(code, why));
            return Optional.of(List.copyOf(cancelActions));
        } finally {
            lock.unlock();
        }
    }

    /** Notes that the job has returned. */
    void succeeded() {
        finish(OperationState.SUCCEEDED, Optional.empty());
    }

    /** Notes that the job has thrown: by its own fault, or because it was cancelled. */
    void failed(ErrorCode code, String message) {
        Optional<Failure> cause;
        lock.lock();
        try {
            cause = cancelled;
        } finally {
            lock.unlock();
        }
        boolean byRequest = cause.filter(failure -> failure.code() != ErrorCode.DEADLINE_EXCEEDED)
                .isPresent();
        finish(
                byRequest ? OperationState.CANCELLED : OperationState.FAILED,
                Optional.of(cause.orElseGet(() -> new Failure(code, message))));
    }

    private void finish(OperationState how, Optional<Failure> why) {
        lock.lock();
        try {
            endStep(how);
            state = how;
            error = why;
            finished = Optional.of(clock.instant());
        } finally {
            lock.unlock();
        }
        Operation ended = snapshot();
        listeners.changed().accept(ended);
        end.complete(ended);
    }
}
