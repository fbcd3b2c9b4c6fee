package org.kdcloudlet.server.background;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A fixed number of named daemon threads for background work. A task that fails is logged and ends neither its thread nor its
 * repetition. After {@link #close()} no task runs any more; what is asked for then is left out without an error.
 */
public final class Workers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final String name;
    private final ScheduledThreadPoolExecutor executor;

    /**
     * @param name of the threads, for logs and thread dumps
     */
    public Workers(String name, int threads) {
        this.name = name;
        executor = new ScheduledThreadPoolExecutor(threads, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Runs a task soon. */
    public void run(String what, Runnable task) {
        after(Duration.ZERO, what, task);
    }

    /** Runs a task once after a delay. */
    public void after(Duration delay, String what, Runnable task) {
        try {
            executor.schedule(guarded(what, task), delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            LOG.debug("{}: left out, the server stops: {}", name, what);
        }
    }

    /** Repeats a task until the end, each time so long after the last one ended. */
    public void every(Duration pause, String what, Runnable task) {
        executor.scheduleWithFixedDelay(guarded(what, task), pause.toNanos(), pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    private Runnable guarded(String what, Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                if (executor.isShutdown()) {
                    LOG.debug("{}: given up at the end: {}", name, what, e);
                } else {
                    LOG.error("{}: failed: {}", name, what, e);
                }
            }
        };
    }

    /** Lets running tasks end for 5 seconds, then interrupts them and waits as long again. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (executor.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
            executor.shutdownNow();
            if (!executor.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("{}: a task does not end", name);
            }
        } catch (InterruptedException e) {
            executor.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
