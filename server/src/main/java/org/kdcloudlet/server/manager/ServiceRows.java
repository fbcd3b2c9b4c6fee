package org.kdcloudlet.server.manager;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.instance.Instance;
import org.kdcloudlet.server.instance.InstanceState;
import org.kdcloudlet.server.instance.PoolStatus;
import org.kdcloudlet.server.manager.page.Rows.ServiceRow;

/** Services with what runs of them. */
final class ServiceRows {
    private final AdminApi.Parts parts;

    ServiceRows(AdminApi.Parts parts) {
        this.parts = parts;
    }

    List<ServiceRow> all() {
        Map<String, Integer> running = running();
        Map<String, PoolStatus> pools = new HashMap<>();
        parts.instances().pools().forEach(pool -> pools.put(pool.serviceId(), pool));
        return parts.catalog().list().stream()
                .map(service -> row(service, running, pools))
                .toList();
    }

    ServiceRow of(Service service) {
        Map<String, PoolStatus> pools = new HashMap<>();
        parts.instances().pools().forEach(pool -> pools.put(pool.serviceId(), pool));
        return row(service, running(), pools);
    }

    private Map<String, Integer> running() {
        Map<String, Integer> running = new HashMap<>();
        for (Instance instance : parts.instances().list()) {
            if (instance.state() != InstanceState.FAILED) {
                running.merge(instance.service(), 1, Integer::sum);
            }
        }
        return running;
    }

    private ServiceRow row(Service service, Map<String, Integer> running, Map<String, PoolStatus> pools) {
        return new ServiceRow(
                service,
                running.getOrDefault(service.id(), 0),
                Optional.ofNullable(pools.get(service.serviceId())),
                parts.images().attention(service));
    }
}
