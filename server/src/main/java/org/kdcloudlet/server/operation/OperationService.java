package org.kdcloudlet.server.operation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.server.background.Workers;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.error.HypervisorErrors;
import org.kdcloudlet.server.operation.Operation.Failure;
import org.kdcloudlet.server.storage.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs operations on threads of their own and keeps their record. Closing cancels those that still run. */
public final class OperationService implements Operations, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OperationService.class);
    private static final Duration KEEP = Duration.ofDays(1);
    private static final Duration CLOSE = Duration.ofSeconds(20);

    private final OperationRepository repository;
    private final Events events;
    private final Clock clock;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "operation");
        thread.setDaemon(true);
        return thread;
    });
    private final Workers deadlines = new Workers("operation-deadlines", 1);
    private final Map<Long, OperationRun> running = new ConcurrentHashMap<>();
    private final ConcurrentSkipListMap<Long, Operation> ended = new ConcurrentSkipListMap<>();

    public OperationService(Database database, Events events, Clock clock) {
        this.repository = new OperationRepository(database);
        this.events = events;
        this.clock = clock;
        removeOld();
        for (Operation operation : repository.all()) {
            Operation known = operation.state().ended() ? operation : leftRunning(operation);
            ended.put(known.id(), known);
        }
        deadlines.every(Duration.ofMinutes(30), "remove old operations", this::removeOld);
    }

    private Operation leftRunning(Operation operation) {
        Operation failed = restarted(operation, "The server was restarted meanwhile; start it again");
        repository.update(failed);
        return failed;
    }

    private Operation restarted(Operation operation, String message) {
        return new Operation(
                operation.id(),
                operation.kind(),
                operation.target(),
                OperationState.FAILED,
                operation.steps().stream()
                        .map(step ->
                                step.state().ended() ? step : new Operation.Step(step.name(), OperationState.FAILED))
                        .toList(),
                Optional.empty(),
                0,
                0,
                operation.log(),
                Optional.of(new Failure(ErrorCode.SERVER_RESTARTED, message)),
                operation.result(),
                false,
                operation.created(),
                operation.deadline(),
                operation.finished().or(() -> Optional.of(clock.instant())));
    }

    @Override
    public void explain(long id, String message) {
        ended.computeIfPresent(id, (unused, operation) -> {
            boolean restarted = operation
                    .error()
                    .filter(error -> error.code() == ErrorCode.SERVER_RESTARTED)
                    .isPresent();
            if (!restarted) {
                return operation;
            }
            Operation explained = restarted(operation, message);
            repository.update(explained);
            return explained;
        });
    }

    private void removeOld() {
        Instant oldest = clock.instant().minus(KEEP);
        repository.removeFinishedBefore(oldest);
        ended.values()
                .removeIf(operation -> operation.finished().orElse(Instant.MAX).isBefore(oldest));
    }

    @Override
    public Operation start(String kind, String target, Duration deadline, Job job) {
        long id = repository.nextId();
        OperationRun run = new OperationRun(
                id,
                kind,
                target,
                clock.instant().plus(deadline),
                clock,
                new OperationRun.Listeners(this::changed, this::record));
        Operation begun = run.snapshot();
        repository.add(begun);
        running.put(id, run);
        announce(begun, "started");
        try {
            threads.execute(() -> execute(run, job));
        } catch (RejectedExecutionException closed) {
            run.failed(ErrorCode.SHUTTING_DOWN, "The server is stopping");
            throw new CloudletException(ErrorCode.SHUTTING_DOWN, "The server is stopping", closed);
        }
        deadlines.after(
                deadline,
                "deadline of operation " + id,
                () -> cancel(run, ErrorCode.DEADLINE_EXCEEDED, "It did not end in its time of " + deadline));
        return begun;
    }

    private void execute(OperationRun run, Job job) {
        try {
            job.run(run);
            run.succeeded();
        } catch (CancellationException e) {
            run.failed(ErrorCode.CANCELLED, "It was cancelled");
        } catch (CloudletException e) {
            run.failed(e.code(), e.getMessage());
        } catch (HypervisorException e) {
            CloudletException translated = HypervisorErrors.translate(e);
            run.failed(translated.code(), translated.getMessage());
        } catch (RuntimeException e) {
            LOG.error(
                    "operation {} failed by a fault of the program",
                    run.snapshot().id(),
                    e);
            run.failed(ErrorCode.INTERNAL, "A fault of the program; the server's log says more");
        }
    }

    private void record(Operation operation) {
        try {
            repository.update(operation);
        } catch (CloudletException e) {
            LOG.warn("operation {}: not on record: {}", operation.id(), e.getMessage());
        }
    }

    private void changed(Operation operation) {
        record(operation);
        if (operation.state().ended()) {
            ended.put(operation.id(), operation);
            try {
                announce(operation, operation.state().name().toLowerCase(Locale.ROOT));
            } finally {
                // Last: whoever finds it here waits for its end, and whoever does not takes it to be over and told of.
                running.remove(operation.id());
            }
        } else {
            announce(operation, "step");
        }
    }

    private void announce(Operation operation, String what) {
        StringBuilder message = new StringBuilder(operation.kind()).append(' ').append(operation.target());
        if (!operation.state().ended() && !operation.steps().isEmpty()) {
            message.append(": ")
                    .append(operation.steps().get(operation.steps().size() - 1).name());
        }
        operation.error().ifPresent(error -> message.append(": ").append(error.message()));
        events.publish(
                "operation." + what,
                Map.of("operation", Long.toString(operation.id()), "target", operation.target()),
                message.toString());
    }

    @Override
    public List<Operation> list() {
        ConcurrentSkipListMap<Long, Operation> all = new ConcurrentSkipListMap<>(Collections.reverseOrder());
        running.values().forEach(run -> all.put(run.snapshot().id(), run.snapshot()));
        all.putAll(ended);
        return new ArrayList<>(all.values());
    }

    @Override
    public Optional<Operation> find(long id) {
        return Optional.ofNullable(running.get(id))
                .map(OperationRun::snapshot)
                .or(() -> Optional.ofNullable(ended.get(id)));
    }

    @Override
    public Operation get(long id) {
        return find(id).orElseThrow(
                        () -> new CloudletException(ErrorCode.OPERATION_UNKNOWN, "There is no operation " + id));
    }

    @Override
    public Operation cancel(long id) {
        OperationRun run = running.get(id);
        if (run == null) {
            return get(id);
        }
        if (!run.snapshot().cancellable() && !run.snapshot().state().ended()) {
            throw new CloudletException(
                    ErrorCode.CONFLICT, "Operation " + id + " cannot be cancelled any more: it is about to end");
        }
        cancel(run, ErrorCode.CANCELLED, "It was cancelled");
        return run.snapshot();
    }

    private void cancel(OperationRun run, ErrorCode code, String why) {
        run.cancel(code, why)
                .ifPresent(actions -> actions.forEach(action -> deadlines.run("cancel an operation", action)));
    }

    @Override
    public Operation await(long id, Duration longest) {
        OperationRun run = running.get(id);
        if (run == null) {
            return get(id);
        }
        try {
            return run.end().get(longest.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException stillRunning) {
            return run.snapshot();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return run.snapshot();
        } catch (ExecutionException e) {
            throw new CloudletException(ErrorCode.INTERNAL, "Operation " + id + " has no end", e);
        }
    }

    /** Cancels what runs, and waits up to 20 seconds for it to undo what it did. */
    @Override
    public void close() {
        threads.shutdown();
        running.values().forEach(run -> cancel(run, ErrorCode.SHUTTING_DOWN, "The server is stopping"));
        try {
            if (!threads.awaitTermination(CLOSE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("operations do not end: {}", running.keySet());
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        deadlines.close();
    }
}
