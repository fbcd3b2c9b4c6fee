package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.util.List;
import org.kdcloudlet.server.host.LoadHistory;

/** {@code /v1/load} */
final class LoadResource {
    private final AdminApi.Parts parts;

    LoadResource(AdminApi.Parts parts) {
        this.parts = parts;
    }

    List<AdminRoute> routes() {
        return List.of(AdminRoute.get("/v1/load", this::show));
    }

    private void show(Context context) {
        ObjectNode json = AdminJson.list("samples", parts.load().samples(), LoadResource::json);
        json.put("period_seconds", LoadHistory.PERIOD.toSeconds());
        AdminJson.reply(json).sendTo(context);
    }

    private static ObjectNode json(LoadHistory.Sample sample) {
        return AdminJson.object()
                .put("time", AdminJson.time(sample.time()))
                .put("cpu_percent", sample.cpuPercent())
                .put("memory_used", sample.memoryUsed())
                .put("memory_total", sample.memoryTotal())
                .put("disk_used", sample.diskUsed())
                .put("disk_total", sample.diskTotal());
    }
}
