package org.kdcloudlet.server.manager.metrics;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.kdcloudlet.server.host.HostLoad;
import org.kdcloudlet.server.instance.Capacity;
import org.kdcloudlet.server.instance.Instance;
import org.kdcloudlet.server.instance.InstanceState;
import org.kdcloudlet.server.instance.PoolStatus;

/**
 * The server at one moment.
 *
 * @param instances how many there are, by state
 */
record Snapshot(
        Map<InstanceState, Long> instances,
        List<PoolStatus> pools,
        Capacity capacity,
        HostLoad load,
        int services,
        int apps) {
    static Snapshot of(Metrics.Sources sources) {
        Map<InstanceState, Long> instances = sources.instances().list().stream()
                .map(Instance::state)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        return new Snapshot(
                instances,
                sources.instances().pools(),
                sources.instances().capacity(),
                sources.load().get(),
                sources.catalog().list().size(),
                sources.apps().list().size());
    }
}
