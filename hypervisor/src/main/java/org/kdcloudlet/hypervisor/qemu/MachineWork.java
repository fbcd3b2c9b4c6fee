package org.kdcloudlet.hypervisor.qemu;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/** Keeps apart what must not be done to one machine at the same time. */
final class MachineWork {
    private static final Duration BUSY_DEADLINE = Duration.ofMinutes(2);

    private final UUID machine;
    private final Runnable requireAlive;
    private final ReentrantLock busy = new ReentrantLock();
    private final ReentrantLock saving = new ReentrantLock();

    /**
     * @param requireAlive throws if the machine has ended
     */
    MachineWork(UUID machine, Runnable requireAlive) {
        this.machine = machine;
        this.requireAlive = requireAlive;
    }

    /** Does something that excludes other such work; waits for it a while. */
    <T> T exclusively(Supplier<T> work) {
        return locked(busy, BUSY_DEADLINE, "Machine " + machine + " is busy with something else", work);
    }

    /** Does what may take long and is done beside everything else, but not twice at the same time. */
    void once(Runnable work) {
        once(() -> {
            work.run();
            return machine;
        });
    }

    /** The same, with a result. */
    <T> T once(Supplier<T> work) {
        String refusal = "The disk of machine " + machine + " is being saved already; wait until that has ended";
        return locked(saving, Duration.ZERO, refusal, work);
    }

    private <T> T locked(ReentrantLock lock, Duration patience, String refusal, Supplier<T> work) {
        requireAlive.run();
        try {
            if (!lock.tryLock(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new HypervisorException(HypervisorError.WRONG_STATE, refusal);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HypervisorException(
                    HypervisorError.FAILED, "Interrupted while machine " + machine + " was busy", e);
        }
        try {
            requireAlive.run();
            return work.get();
        } finally {
            lock.unlock();
        }
    }
}
