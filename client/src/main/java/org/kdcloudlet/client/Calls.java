package org.kdcloudlet.client;

import java.io.Closeable;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.kdcloudlet.client.http.Deadline;
import org.kdcloudlet.client.http.DeadlinePassedException;
import org.kdcloudlet.client.http.Exchange;
import org.kdcloudlet.client.http.IdleConnections;
import org.kdcloudlet.client.http.MalformedReplyException;

/**
 * Runs calls on threads of its own: each ends by its deadline, with a result or a typed exception, whatever the other side
 * does; and when it is cancelled, its connection is closed. Thread-safe.
 */
final class Calls implements Closeable {
    private static final long IDLE_SECONDS = 10;

    private final IdleConnections idle = new IdleConnections();
    private final ThreadPoolExecutor workers;
    private final ScheduledThreadPoolExecutor timer;
    private final ThreadPoolExecutor events;
    private final Set<Call<?>> underWay = ConcurrentHashMap.newKeySet();

    Calls() {
        // One for each call under way: those that nobody answers must not keep others from being made.
        workers = new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                named("cloudlet-call-"));
        events = new ThreadPoolExecutor(
                1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), named("cloudlet-session-"));
        events.allowCoreThreadTimeOut(true);
        timer = new ScheduledThreadPoolExecutor(1, named("cloudlet-timer-"));
        timer.setRemoveOnCancelPolicy(true);
        timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    }

    private static ThreadFactory named(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** What a call does with its connection. */
    interface Job<T> {
        T run(Exchange exchange, Deadline deadline) throws IOException;
    }

    /** @param what for messages: "start org.example.speech at 192.0.2.1:9999" */
    <T> CompletableFuture<T> submit(String what, long timeoutMillis, Job<T> job) {
        Call<T> call = new Call<>(what, new Exchange(idle));
        underWay.add(call);
        call.whenComplete((result, failure) -> underWay.remove(call));
        try {
            begin(call, timeoutMillis, job);
        } catch (RejectedExecutionException e) {
            call.end(new CloudletCancelledException("Cannot " + what + ": the client is closed.", e));
        }
        return call;
    }

    private <T> void begin(Call<T> call, long timeoutMillis, Job<T> job) {
        Deadline deadline = Deadline.in(timeoutMillis);
        Future<?> watchdog = timer.schedule(call::expire, timeoutMillis, TimeUnit.MILLISECONDS);
        workers.execute(() -> {
            try {
                if (!call.isDone()) {
                    call.complete(job.run(call.exchange, deadline));
                }
            } catch (Throwable e) {
                call.fail(e);
            } finally {
                watchdog.cancel(false);
            }
        });
    }

    /** Work that makes calls and waits for them, on a thread beside those of the calls, so that they never wait for it. */
    <T> CompletableFuture<T> compose(Supplier<T> work) {
        CompletableFuture<T> future = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        future.complete(work.get());
                    } catch (Throwable e) {
                        future.completeExceptionally(e);
                    }
                },
                "cloudlet-work");
        thread.setDaemon(true);
        future.whenComplete((result, failure) -> {
            if (future.isCancelled()) {
                thread.interrupt();
            }
        });
        thread.start();
        return future;
    }

    /** Runs what apps are told, one after the other; nothing after closing. */
    void tell(Runnable event) {
        try {
            events.execute(event);
        } catch (RejectedExecutionException e) {
            // The app closed the client: it wants to hear nothing more.
        }
    }

    ScheduledThreadPoolExecutor timer() {
        return timer;
    }

    /** Waits for a call; interrupting the thread cancels it. */
    static <T> T await(CompletableFuture<T> call) {
        try {
            return call.get();
        } catch (InterruptedException e) {
            call.cancel(true);
            Thread.currentThread().interrupt();
            throw new CloudletCancelledException("The call was given up: its thread was interrupted.", e);
        } catch (CancellationException e) {
            throw new CloudletCancelledException("The call was cancelled.", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CloudletException) {
                throw (CloudletException) e.getCause();
            }
            throw new IllegalStateException("A call failed in an unforeseen way.", e.getCause());
        }
    }

    @Override
    public void close() {
        workers.shutdown();
        events.shutdown();
        timer.shutdownNow();
        for (Call<?> call : underWay) {
            call.end(new CloudletCancelledException("Cannot " + call.what + ": the client was closed.", null));
        }
        closeQuietly(idle);
    }

    /** A socket that cannot be closed is closed: nothing is lost, and nobody could do anything about it. */
    private static boolean closeQuietly(Closeable closeable) {
        try {
            closeable.close();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static final class Call<T> extends CompletableFuture<T> {
        private final String what;
        private final Exchange exchange;

        private Call(String what, Exchange exchange) {
            this.what = what;
            this.exchange = exchange;
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean cancelled = super.cancel(mayInterruptIfRunning);
            closeQuietly(exchange);
            return cancelled;
        }

        private void expire() {
            end(late(null));
        }

        private void end(CloudletException failure) {
            if (completeExceptionally(failure)) {
                closeQuietly(exchange);
            }
        }

        private CloudletDeadlineException late(Throwable cause) {
            return new CloudletDeadlineException("Cannot " + what + ": there was no answer in time.", cause);
        }

        private void fail(Throwable failure) {
            if (failure instanceof MalformedReplyException) {
                completeExceptionally(new CloudletReplyException(
                        "Cannot " + what + ": the reply is not to be understood, for " + failure.getMessage() + ".",
                        failure));
            } else if (failure instanceof DeadlinePassedException) {
                completeExceptionally(late(failure));
            } else if (failure instanceof IOException) {
                completeExceptionally(new CloudletUnreachableException(
                        "Cannot " + what + ": the cloudlet cannot be reached (" + failure.getMessage() + ").",
                        failure));
            } else {
                completeExceptionally(failure);
            }
        }
    }
}
