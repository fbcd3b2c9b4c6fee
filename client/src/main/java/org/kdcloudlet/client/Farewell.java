package org.kdcloudlet.client;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits a little for instances to be stopped. Those that cannot be are stopped by their cloudlet when they stay idle. */
final class Farewell {
    private Farewell() {}

    /** Returns how many did not end well in time. */
    static int await(List<Future<?>> stops, long millis) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        int failed = 0;
        for (Future<?> stop : stops) {
            try {
                stop.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return failed + 1;
            } catch (ExecutionException | TimeoutException | CancellationException e) {
                failed++;
            }
        }
        return failed;
    }
}
