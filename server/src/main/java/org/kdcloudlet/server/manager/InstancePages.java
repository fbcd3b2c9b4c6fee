package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.kdcloudlet.hypervisor.MachineSnapshot;
import org.kdcloudlet.server.instance.Instance;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.manager.page.Frame;
import org.kdcloudlet.server.manager.page.Rows.InstanceRow;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.peer.PeerState;

/** {@code /instances/{id}}: all that can be done with one instance. */
final class InstancePages {
    private static final String ONE = "/instances/{id}";
    private static final String SNAPSHOTS = ONE + "/snapshots";

    private final AdminApi.Parts parts;
    private final Instances instances;
    private final PageRenderer pages;
    private final InstanceUsage usage;

    InstancePages(AdminApi.Parts parts, PageRenderer pages, InstanceUsage usage) {
        this.parts = parts;
        this.instances = parts.instances();
        this.pages = pages;
        this.usage = usage;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get(ONE, this::show),
                AdminRoute.get(ONE + "/body", this::body),
                AdminRoute.post(ONE + "/save", this::save),
                AdminRoute.post(SNAPSHOTS, this::take),
                AdminRoute.post(SNAPSHOTS + "/{name}/restore", this::restore),
                AdminRoute.post(SNAPSHOTS + "/{name}/remove", this::remove));
    }

    private void show(Context context) {
        UUID id = InstancesResource.id(context);
        Frame frame = pages.frame(context, "Instance", "instances");
        Map<String, Object> values = values(frame, instances.get(id));
        pages.page(
                context,
                "instance",
                frame,
                Map.of("row", values.get("row"), "body", pages.part("instanceBody", values)));
    }

    /** Also says when the instance is gone, because its page may be shown still. */
    private void body(Context context) {
        UUID id = InstancesResource.id(context);
        Frame frame = pages.frame(context, "Instance", "instances");
        Optional<Instance> found = instances.find(id);
        if (found.isPresent()) {
            pages.fragment(context, "instanceBody", values(frame, found.get()));
        } else {
            pages.fragment(context, "instanceGone", Map.of());
        }
    }

    private Map<String, Object> values(Frame frame, Instance instance) {
        List<MachineSnapshot> snapshots = instances.find(instance.id()).isPresent()
                ? instances.snapshots().list(instance.id())
                : List.of();
        Map<String, Object> values = new HashMap<>();
        values.put("frame", frame);
        values.put("row", new InstanceRow(instance, InstancesPages.reachedAt(parts)));
        values.put("usage", usage);
        values.put("snapshots", snapshots);
        values.put("migration", migration());
        return values;
    }

    /** Why an instance cannot be moved to another cloudlet. */
    private String migration() {
        long inReach = parts.peers().list().stream()
                .filter(peer -> peer.state() == PeerState.ANSWERING)
                .count();
        return inReach == 0
                ? "There is no other cloudlet in reach to move it to."
                : inReach + (inReach == 1 ? " other cloudlet is" : " other cloudlets are")
                        + " in reach, but this version cannot move instances yet.";
    }

    private void save(Context context) {
        accepted(context, instances.save(InstancesResource.id(context), Form.optional(context, "service_id")));
    }

    private void take(Context context) {
        accepted(context, instances.snapshots().take(InstancesResource.id(context), Form.field(context, "name")));
    }

    private void restore(Context context) {
        accepted(context, instances.snapshots().restore(InstancesResource.id(context), context.pathParam("name")));
    }

    private void remove(Context context) {
        UUID id = InstancesResource.id(context);
        instances.snapshots().remove(id, context.pathParam("name"));
        PageRenderer.seeOther(context, "/instances/" + id + "?done=removed");
    }

    private static void accepted(Context context, Operation operation) {
        PageRenderer.seeOther(context, "/operations/" + operation.id());
    }
}
