package org.kdcloudlet.server.instance;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.kdcloudlet.server.catalog.ImageVersion;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.catalog.ServiceUsage;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.storage.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All instances, in memory and on record. One lock guards what is in memory; it is held for moments only, never while a machine
 * is waited for. Records are written without it: each writer writes what is shown when its turn comes, so the last record
 * is right whoever writes it. What is taken away from instances is noted under it, taken away without it, and waited for by starts
 * that would use it.
 */
public final class InstanceRegistry implements ServiceUsage {
    private static final Logger LOG = LoggerFactory.getLogger(InstanceRegistry.class);

    private final InstanceRepository repository;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<UUID, LiveInstance> instances = new LinkedHashMap<>();
    private final Set<LiveInstance> unrecorded = ConcurrentHashMap.newKeySet();
    private final List<Withdrawal> withdrawals = new ArrayList<>();
    private final Condition withdrawalEnded = lock.newCondition();

    /** Something that is being taken away from instances to come: a service, or one image version of it. */
    private record Withdrawal(String service, Optional<Integer> version) {
        boolean concerns(String usedService, int usedVersion) {
            return service.equals(usedService) && version.orElse(usedVersion) == usedVersion;
        }
    }

    public InstanceRegistry(Database database, Clock clock) {
        this.repository = new InstanceRepository(database);
        this.clock = clock;
    }

    InstanceRepository repository() {
        return repository;
    }

    <T> T locked(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean ifUnused(String service, Optional<Integer> version, Runnable action) {
        Withdrawal withdrawal = new Withdrawal(service, version);
        boolean begun = locked(() -> !isUsed(withdrawal) && withdrawals.add(withdrawal));
        if (begun) {
            try {
                action.run();
            } finally {
                end(withdrawal);
            }
        }
        return begun;
    }

    private boolean isUsed(Withdrawal withdrawal) {
        return instances.values().stream()
                .map(LiveInstance::shown)
                .anyMatch(instance -> instance.state() != InstanceState.FAILED
                        && withdrawal.concerns(instance.service(), instance.imageVersion()));
    }

    private void end(Withdrawal withdrawal) {
        locked(() -> {
            withdrawalEnded.signalAll();
            return withdrawals.remove(withdrawal);
        });
    }

    /**
     * Waits while something is taken away that a new instance would use; for use under the lock, which others get meanwhile.
     *
     * @param deadline as of {@link System#nanoTime()}
     * @return whether there was something to wait for, so that all has to be looked at again
     * @throws CloudletException SHUTTING_DOWN
     */
    boolean awaitWithdrawal(Service service, ImageVersion version, long deadline) {
        boolean waits = withdrawals.stream().anyMatch(known -> known.concerns(service.id(), version.number()));
        if (waits) {
            try {
                withdrawalEnded.awaitNanos(deadline - System.nanoTime());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CloudletException(ErrorCode.SHUTTING_DOWN, "The server is stopping", e);
            }
        }
        return waits;
    }

    void add(LiveInstance instance) {
        locked(() -> instances.put(instance.id(), instance));
    }

    void remove(LiveInstance instance) {
        locked(() -> {
            instance.detach();
            return instances.remove(instance.id());
        });
    }

    Optional<LiveInstance> find(UUID id) {
        return locked(() -> Optional.ofNullable(instances.get(id)));
    }

    LiveInstance get(UUID id) {
        return find(id).orElseThrow(
                        () -> new CloudletException(ErrorCode.INSTANCE_UNKNOWN, "There is no instance " + id));
    }

    /** Oldest first. */
    List<LiveInstance> all() {
        return locked(() -> {
            List<LiveInstance> all = new ArrayList<>(instances.values());
            all.sort(Comparator.comparing(instance -> instance.shown().created()));
            return all;
        });
    }

    /** For use under the lock. */
    Collection<LiveInstance> unsorted() {
        return instances.values();
    }

    /** Counts a user in on an instance that has a place left: a ready one before one that starts. */
    Optional<LiveInstance> join(Service service) {
        return locked(() -> {
            Optional<LiveInstance> found =
                    withPlace(service, InstanceState.READY).or(() -> withPlace(service, InstanceState.STARTING));
            found.ifPresent(instance -> instance.show(instance.shown().counted(1, clock.instant())));
            return found;
        });
    }

    private Optional<LiveInstance> withPlace(Service service, InstanceState state) {
        return instances.values().stream()
                .filter(instance -> instance.state() == state
                        && !instance.cancelled()
                        && instance.shown().service().equals(service.id())
                        && instance.shown().users() < service.definition().numUsers())
                .findFirst();
    }

    /** Replaces what is shown of an instance, unless the change gives nothing. */
    Optional<Instance> change(LiveInstance instance, Function<Instance, Optional<Instance>> change) {
        return locked(() -> {
            Optional<Instance> after = change.apply(instance.shown());
            after.ifPresent(instance::show);
            return after;
        });
    }

    /**
     * Puts on record what is shown of an instance now: nothing of one that starts or stops.
     *
     * @throws CloudletException STORAGE_FULL and the like
     */
    void record(LiveInstance instance) {
        record(instance, instance::shown);
    }

    /** Puts on record what will be shown of an instance. */
    void record(LiveInstance instance, Supplier<Instance> state) {
        instance.recording.lock();
        try {
            Instance now = state.get();
            switch (now.state()) {
                case STARTING -> {}
                case STOPPING -> {
                    if (instance.onRecord) {
                        repository.remove(now.id());
                        instance.onRecord = false;
                    }
                }
                case READY, PAUSED, SUSPENDED, FAILED -> {
                    if (instance.onRecord) {
                        repository.update(now);
                    } else {
                        repository.add(now);
                        instance.onRecord = true;
                    }
                }
            }
            unrecorded.remove(instance);
        } finally {
            instance.recording.unlock();
        }
    }

    /** {@link #record} of what has happened and cannot be refused: if it fails, it is tried again later. */
    void recordEventually(LiveInstance instance) {
        try {
            record(instance);
        } catch (CloudletException e) {
            unrecorded.add(instance);
            LOG.warn("instance {}: not on record, tried again later: {}", instance.id(), e.getMessage());
        }
    }

    /** Tries again what could not be recorded. */
    void recordRest() {
        List.copyOf(unrecorded).forEach(this::recordEventually);
    }
}
