package org.kdcloudlet.server.instance;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** The room that machines take that are no instances; for use under the registry's lock. */
final class OtherMachines {
    private final Map<UUID, MemoryNeed> needs = new HashMap<>();

    void add(UUID id, MemoryNeed need) {
        needs.put(id, need);
    }

    void remove(UUID id) {
        needs.remove(id);
    }

    int count() {
        return needs.size();
    }

    long promisedMemory() {
        return needs.values().stream().mapToLong(MemoryNeed::promised).sum();
    }
}
