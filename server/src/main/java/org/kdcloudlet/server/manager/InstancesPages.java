package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.manager.page.Frame;
import org.kdcloudlet.server.manager.page.Rows.InstanceRow;

/** {@code /instances}: what runs. */
final class InstancesPages {
    private static final String ONE = "/instances/{id}";

    private final AdminApi.Parts parts;
    private final Instances instances;
    private final PageRenderer pages;
    private final InstanceUsage usage;

    InstancesPages(AdminApi.Parts parts, PageRenderer pages, InstanceUsage usage) {
        this.parts = parts;
        this.instances = parts.instances();
        this.pages = pages;
        this.usage = usage;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/instances", this::list),
                AdminRoute.get(
                        "/instances/table", context -> pages.fragment(context, "instancesTable", table(context))),
                AdminRoute.post("/instances", this::start),
                AdminRoute.get(ONE + "/log", this::log),
                AdminRoute.get(ONE + "/screen", this::screen),
                AdminRoute.post(ONE + "/pause", context -> change(context, instances::pause)),
                AdminRoute.post(ONE + "/resume", context -> change(context, instances::resume)),
                AdminRoute.post(ONE + "/suspend", context -> change(context, instances::suspend)),
                AdminRoute.post(ONE + "/wake", context -> change(context, instances::wake)),
                AdminRoute.post(ONE + "/remove", context -> change(context, instances::remove)));
    }

    private Frame frame(Context context, String title) {
        return pages.frame(context, title, "instances");
    }

    private void list(Context context) {
        List<Service> startable = parts.catalog().list().stream()
                .filter(service -> service.imageVersion().isPresent())
                .toList();
        pages.page(
                context,
                "instances",
                frame(context, "Instances"),
                Map.of("startable", startable, "table", pages.part("instancesTable", table(context))));
    }

    private Map<String, Object> table(Context context) {
        List<InstanceRow> rows = instances.list().stream()
                .map(instance -> new InstanceRow(instance, usage.of(instance.id())))
                .toList();
        return Map.of("frame", frame(context, "Instances"), "instances", rows);
    }

    private void start(Context context) {
        String service = Form.field(context, "service_id");
        AccessControl.concerns(context, service);
        instances.start(service, false);
        PageRenderer.seeOther(context, "/instances?done=started");
    }

    private void change(Context context, Consumer<UUID> change) {
        change.accept(InstancesResource.id(context));
        PageRenderer.seeOther(context, "/instances");
    }

    private void log(Context context) {
        UUID id = InstancesResource.id(context);
        pages.page(
                context, "instanceLog", frame(context, "Log"), Map.of("id", id.toString(), "log", instances.log(id)));
    }

    private void screen(Context context) {
        UUID id = InstancesResource.id(context);
        instances.get(id);
        pages.page(context, "instanceScreen", frame(context, "Screen"), Map.of("id", id.toString()));
    }
}
