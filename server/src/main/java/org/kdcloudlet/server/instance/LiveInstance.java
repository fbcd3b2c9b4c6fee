package org.kdcloudlet.server.instance;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.kdcloudlet.hypervisor.Machine;

/**
 * An instance in memory. What others see of it is an immutable {@link Instance} that is replaced as a whole; all changes are
 * made by {@link InstanceRegistry} under its lock.
 */
final class LiveInstance {
    /** How long one who works at its console holds an instance that has no users. */
    static final Duration ATTENDED = Duration.ofMinutes(5);

    /** Completes when the start has ended, exceptionally when it failed: for those who joined meanwhile. */
    final CompletableFuture<Void> started = new CompletableFuture<>();
    /** Held while the machine is paused, suspended, stopped and the like: one such thing at a time. */
    final ReentrantLock transition = new ReentrantLock();
    /** Held while the record is written, so that the last one written is the last one seen. */
    final ReentrantLock recording = new ReentrantLock();

    /** Whether the database has a record; under {@link #recording}. */
    boolean onRecord;
    /** RAM of the machine in bytes, once the start was admitted. */
    long promisedMemory;
    /** Memory in bytes that it is about to take and that the host does not show as taken yet. */
    long pendingMemory;

    private volatile Instance shown;
    private volatile Optional<Machine> machine = Optional.empty();
    private volatile boolean cancelled;
    private volatile Instant attended = Instant.MIN;

    LiveInstance(Instance shown) {
        this.shown = shown;
    }

    UUID id() {
        return shown.id();
    }

    Instance shown() {
        return shown;
    }

    InstanceState state() {
        return shown.state();
    }

    Optional<Machine> machine() {
        return machine;
    }

    boolean cancelled() {
        return cancelled;
    }

    void show(Instance instance) {
        shown = instance;
    }

    void attach(Machine newMachine) {
        machine = Optional.of(newMachine);
    }

    void detach() {
        machine = Optional.empty();
        promisedMemory = 0;
        pendingMemory = 0;
    }

    /** Somebody works at its console now. */
    void attend(Instant now) {
        attended = now;
    }

    /** Whether somebody worked at its console a short while ago. */
    boolean isAttended(Instant now) {
        return attended.isAfter(now.minus(ATTENDED));
    }

    void cancel() {
        cancelled = true;
    }

    /** Whether it takes from the host what limits are about. */
    boolean counts() {
        return promisedMemory > 0;
    }
}
