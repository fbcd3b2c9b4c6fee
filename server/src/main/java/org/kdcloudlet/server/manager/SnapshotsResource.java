package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.kdcloudlet.hypervisor.MachineSnapshot;
import org.kdcloudlet.server.error.Problems;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.operation.Operation;

/** {@code /v1/instances/{id}/snapshots} */
final class SnapshotsResource {
    private static final String ALL = "/v1/instances/{id}/snapshots";
    private static final String ONE = ALL + "/{name}";

    private final Instances instances;

    SnapshotsResource(Instances instances) {
        this.instances = instances;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get(ALL, this::list),
                AdminRoute.post(ALL, this::take),
                AdminRoute.post(ONE + "/restore", this::restore),
                AdminRoute.delete(ONE, this::remove));
    }

    private void list(Context context) {
        AdminJson.reply(AdminJson.list(
                        "snapshots",
                        instances.snapshots().list(InstancesResource.id(context)),
                        SnapshotsResource::json))
                .sendTo(context);
    }

    private void take(Context context) {
        Problems problems = new Problems();
        JsonFields fields = new JsonFields(JsonBody.of(context), "", problems);
        List<String> name = new ArrayList<>();
        fields.text("name", name::add);
        fields.refuseOthers();
        problems.require(fields.has("name"), "name", "must be given");
        problems.throwIfAny();
        accepted(context, instances.snapshots().take(InstancesResource.id(context), name.get(0)));
    }

    private void restore(Context context) {
        accepted(context, instances.snapshots().restore(InstancesResource.id(context), context.pathParam("name")));
    }

    private void remove(Context context) {
        instances.snapshots().remove(InstancesResource.id(context), context.pathParam("name"));
        AdminJson.reply(AdminJson.object()).sendTo(context);
    }

    static void accepted(Context context, Operation operation) {
        AdminJson.reply(202, OperationsResource.json(operation))
                .with(Map.of("Location", "/v1/operations/" + operation.id()))
                .sendTo(context);
    }

    private static ObjectNode json(MachineSnapshot snapshot) {
        return AdminJson.object()
                .put("name", snapshot.name())
                .put("taken", AdminJson.time(snapshot.taken()))
                .put("disk_bytes", snapshot.diskBytes());
    }
}
