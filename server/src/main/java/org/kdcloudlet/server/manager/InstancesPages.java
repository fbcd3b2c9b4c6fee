package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.manager.page.Frame;
import org.kdcloudlet.server.manager.page.RowChange;
import org.kdcloudlet.server.manager.page.Rows.InstanceRow;

/** {@code /instances}: what runs. A page that is shown is sent the rows that changed, and figures by themselves. */
final class InstancesPages {
    private static final String ONE = "/instances/{id}";

    private final AdminApi.Parts parts;
    private final Instances instances;
    private final PageRenderer pages;
    private final InstanceUsage usage;
    private final RowChanges<InstanceRow> changes = new RowChanges<>(InstanceRow::id, InstanceRow::shown);

    InstancesPages(AdminApi.Parts parts, PageRenderer pages, InstanceUsage usage) {
        this.parts = parts;
        this.instances = parts.instances();
        this.pages = pages;
        this.usage = usage;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/instances", this::list),
                AdminRoute.get("/instances/changes", this::changes),
                AdminRoute.get("/instances/figures", this::figures),
                AdminRoute.post("/instances", this::start),
                AdminRoute.get(ONE + "/log", this::log),
                AdminRoute.get(ONE + "/screen", this::screen),
                AdminRoute.post(ONE + "/pause", context -> change(context, instances::pause)),
                AdminRoute.post(ONE + "/resume", context -> change(context, instances::resume)),
                AdminRoute.post(ONE + "/suspend", context -> change(context, instances::suspend)),
                AdminRoute.post(ONE + "/wake", context -> change(context, instances::wake)),
                AdminRoute.post(ONE + "/remove", this::remove));
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
                Map.of("startable", startable, "table", pages.part("instancesTable", table(context, rows()))));
    }

    private List<InstanceRow> rows() {
        String host = reachedAt(parts);
        return instances.list().stream()
                .map(instance -> new InstanceRow(instance, host))
                .toList();
    }

    /** Where devices reach this host; a name that always works for who sits at it, when it has no network. */
    static String reachedAt(AdminApi.Parts parts) {
        return parts.status().get().addresses().stream()
                .findFirst()
                .map(InetAddress::getHostAddress)
                .orElse("localhost");
    }

    private Map<String, Object> table(Context context, List<InstanceRow> rows) {
        Map<String, Object> values = new HashMap<>(lookup(context));
        values.put("instances", rows);
        values.put("state", changes.state(rows));
        return values;
    }

    private Map<String, Object> lookup(Context context) {
        return Map.of("frame", frame(context, "Instances"), "usage", usage);
    }

    /** The rows that changed since the page was told last, or the whole table when that cannot be said. */
    private void changes(Context context) {
        List<InstanceRow> rows = rows();
        String state = Optional.ofNullable(context.queryParam("state")).orElse("");
        Optional<RowChange<InstanceRow>> changed = changes.since(state, rows);
        if (changed.isPresent()) {
            Map<String, Object> values = new HashMap<>(lookup(context));
            values.put("change", changed.get());
            pages.fragment(context, "instancesChanges", values);
        } else {
            pages.whole(context, "#instances", "instancesTable", table(context, rows));
        }
    }

    /** What machines use, by instance: the texts of a page's cells. */
    private void figures(Context context) {
        ObjectNode json = AdminJson.object();
        instances.list().forEach(instance -> usage.of(instance.id())
                .ifPresent(used -> json.putArray(instance.id().toString())
                        .add(used.cpuText())
                        .add(used.memoryText())));
        AdminJson.reply(json).sendTo(context);
    }

    private void start(Context context) {
        String service = Form.field(context, "service_id");
        AccessControl.concerns(context, service);
        instances.start(service, false);
        PageRenderer.seeOther(context, "/instances?done=started");
    }

    /** Back to the page that the form was on. */
    private void change(Context context, Consumer<UUID> change) {
        UUID id = InstancesResource.id(context);
        change.accept(id);
        boolean fromOne = Form.field(context, "from").equals("one");
        PageRenderer.seeOther(context, fromOne ? "/instances/" + id : "/instances");
    }

    private void remove(Context context) {
        instances.remove(InstancesResource.id(context));
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
