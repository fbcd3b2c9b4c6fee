package org.kdcloudlet.hypervisor.qemu;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** The machines of this process that run. */
final class MachineRegistry {
    private final Map<UUID, QemuMachine> machines = new ConcurrentHashMap<>();

    void add(QemuMachine machine) {
        machines.put(machine.id(), machine);
    }

    void remove(QemuMachine machine) {
        machines.remove(machine.id(), machine);
    }

    Optional<QemuMachine> find(UUID id) {
        return Optional.ofNullable(machines.get(id));
    }

    List<QemuMachine> all() {
        return List.copyOf(machines.values());
    }
}
