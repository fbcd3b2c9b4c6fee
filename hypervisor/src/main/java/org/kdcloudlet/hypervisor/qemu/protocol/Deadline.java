package org.kdcloudlet.hypervisor.qemu.protocol;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/** A moment by which something must have happened, and the ways to wait for it. Every wait in this package ends by one. */
public final class Deadline {
    private final long end;

    private Deadline(long end) {
        this.end = end;
    }

    public static Deadline in(Duration duration) {
        return new Deadline(System.nanoTime() + duration.toNanos());
    }

    public boolean passed() {
        return left() <= 0;
    }

    /** Nanoseconds left; zero or less when it has passed. */
    public long left() {
        return end - System.nanoTime();
    }

    /** What is left, zero when it has passed. */
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, left()));
    }

    /**
     * Asks again and again until the condition holds.
     *
     * @param interval time between two questions
     * @return false when the deadline passed before
     * @throws HypervisorException {@link HypervisorError#FAILED} if the thread is interrupted
     */
    public boolean await(Duration interval, BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (passed()) {
                return false;
            }
            LockSupport.parkNanos(Math.min(interval.toNanos(), Math.max(1, left())));
            if (Thread.currentThread().isInterrupted()) {
                throw interrupted(new InterruptedException());
            }
        }
        return true;
    }

    /**
     * Waits for a result.
     *
     * @param what completes the sentence "QEMU did not ... in time", for the error
     * @throws HypervisorException {@link HypervisorError#TIMEOUT} when the deadline passed before; what the future failed with
     */
    public <T> T get(CompletableFuture<T> future, String what) {
        try {
            return future.get(Math.max(0, left()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            future.cancel(false);
            throw new HypervisorException(HypervisorError.TIMEOUT, "QEMU did not " + what + " in time", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof HypervisorException failure) {
                throw new HypervisorException(failure.error(), failure.getMessage(), failure);
            }
            throw new HypervisorException(HypervisorError.FAILED, "QEMU did not " + what, e.getCause());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /**
     * Waits until something is done, however it ended.
     *
     * @return false when the deadline passed before
     */
    public boolean await(CompletableFuture<?> future) {
        try {
            future.get(Math.max(0, left()), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return true;
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static HypervisorException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new HypervisorException(HypervisorError.FAILED, "Interrupted while waiting for QEMU", cause);
    }
}
