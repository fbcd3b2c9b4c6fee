package org.kdcloudlet.server.host;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The load of a host as the admin REST API shows it (docs/reference/openapi.yaml). */
public final class LoadJson {
    private LoadJson() {}

    public static ObjectNode of(HostLoad load) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("cores", load.cores())
                .put("usage_percent", load.usagePercent())
                .put("speed_mhz", load.speedMhz())
                .put("cache_kib", load.cacheKib())
                .put("total_memory_bytes", load.totalMemoryBytes())
                .put("free_memory_bytes", load.freeMemoryBytes());
    }
}
