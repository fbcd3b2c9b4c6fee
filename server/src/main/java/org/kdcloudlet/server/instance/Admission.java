package org.kdcloudlet.server.instance;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.host.HostResources;

/**
 * Says whether one more machine fits. Four things bound it: the number of machines; the RAM promised to all guests together,
 * at most the host's memory less the reserve, times the overcommit; the memory that the host has left now, less the reserve
 * and what machines that just start will take; and the space left on disk.
 */
final class Admission implements MachineRoom {
    /** Space that a machine's folder is reckoned to need at first: overlay, log, state. */
    static final long MACHINE_DISK = 64L << 20;

    private final Supplier<InstanceSettings> settings;
    private final HostResources host;
    private final InstanceRegistry registry;
    private final WarmPool pool;
    private final OtherMachines others = new OtherMachines();

    Admission(Supplier<InstanceSettings> settings, HostResources host, InstanceRegistry registry, WarmPool pool) {
        this.settings = settings;
        this.host = host;
        this.registry = registry;
        this.pool = pool;
    }

    /**
     * Admits a start, at the cost of machines that wait in pools if need be.
     *
     * @throws CloudletException NO_ROOM with the figures
     */
    void admit(LiveInstance instance, MemoryNeed need) {
        admit(need, () -> {
            instance.promisedMemory = need.promised();
            instance.pendingMemory = need.expected();
        });
    }

    @Override
    public void take(UUID machine, MachineSpec spec) {
        MemoryNeed need = MemoryNeed.whole(spec);
        admit(need, () -> others.add(machine, need));
    }

    @Override
    public void count(UUID machine, MachineSpec spec) {
        registry.locked(() -> {
            others.add(machine, MemoryNeed.whole(spec));
            return machine;
        });
    }

    @Override
    public void giveBack(UUID machine) {
        registry.locked(() -> {
            others.remove(machine);
            return machine;
        });
    }

    private void admit(MemoryNeed need, Runnable admitted) {
        while (true) {
            Optional<CloudletException> refusal = registry.locked(() -> {
                Optional<CloudletException> reason = refusal(need);
                if (reason.isEmpty()) {
                    admitted.run();
                }
                return reason;
            });
            if (refusal.isEmpty()) {
                return;
            }
            if (!pool.giveUpOne()) {
                throw refusal.get();
            }
        }
    }

    /** Why one more machine does not fit, if it does not; for use under the registry's lock. */
    Optional<CloudletException> refusal(MemoryNeed need) {
        Capacity now = capacity();
        long pending = pool.pendingMemory()
                + registry.unsorted().stream()
                        .mapToLong(instance -> instance.pendingMemory)
                        .sum();
        int machines = now.instances() + now.pooled();
        if (machines >= settings.get().maxInstances()) {
            return Optional.of(noRoom("instances", 1, Math.max(0, settings.get().maxInstances() - machines), 0));
        }
        if (now.memoryPromised() + need.promised() > now.memoryLimit()) {
            return Optional.of(noRoom(
                    "memory",
                    need.promised(),
                    Math.max(0, now.memoryLimit() - now.memoryPromised()),
                    now.memoryReserve()));
        }
        long memoryLeft = now.memoryAvailable() - now.memoryReserve() - pending;
        if (need.expected() > memoryLeft) {
            return Optional.of(noRoom("memory", need.expected(), Math.max(0, memoryLeft), now.memoryReserve()));
        }
        return diskRefusal(MACHINE_DISK);
    }

    /** Why so many bytes do not fit on disk, if they do not. */
    Optional<CloudletException> diskRefusal(long needed) {
        long left = host.diskFree() - settings.get().diskReserveBytes();
        return needed > left
                ? Optional.of(
                        noRoom("disk", needed, Math.max(0, left), settings.get().diskReserveBytes()))
                : Optional.empty();
    }

    /** Why a service cannot have one more instance, if it cannot; for use under the registry's lock. */
    Optional<CloudletException> serviceRefusal(String service) {
        long running = registry.unsorted().stream()
                .filter(instance ->
                        instance.shown().service().equals(service) && instance.state() != InstanceState.FAILED)
                .count();
        int limit = settings.get().maxInstancesPerService();
        return running >= limit
                ? Optional.of(noRoom("instances of this service", 1, Math.max(0, limit - running), 0))
                : Optional.empty();
    }

    private static CloudletException noRoom(String resource, long needed, long available, long reserve) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("resource", resource);
        figures.put("needed", needed);
        figures.put("available", available);
        figures.put("reserve", reserve);
        return new CloudletException(
                ErrorCode.NO_ROOM,
                "No room for another instance: it needs " + shown(resource, needed) + ", and "
                        + shown(resource, available) + " can be given; stop one, or raise the limit",
                figures);
    }

    private static String shown(String resource, long amount) {
        return resource.startsWith("instances")
                ? amount + " of the limit on " + resource
                : (amount >> 20) + " MiB of " + resource;
    }

    /** For use under the registry's lock, or for a look that may be a moment old. */
    Capacity capacity() {
        int instances = others.count();
        long promised = pool.promisedMemory() + others.promisedMemory();
        for (LiveInstance instance : registry.unsorted()) {
            if (instance.counts()) {
                instances++;
                promised += instance.promisedMemory;
            }
        }
        long limit = (long) ((host.memoryTotal() - settings.get().memoryReserveBytes())
                * settings.get().memoryOvercommit());
        return new Capacity(
                instances,
                pool.size(),
                settings.get().maxInstances(),
                promised,
                limit,
                host.memoryAvailable(),
                settings.get().memoryReserveBytes(),
                host.diskFree(),
                settings.get().diskReserveBytes());
    }
}
