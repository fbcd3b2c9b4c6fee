package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.kdcloudlet.hypervisor.MachineUsage;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.error.Problems;
import org.kdcloudlet.server.instance.Instance;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.web.Reply;

/** {@code /v1/instances} */
final class InstancesResource {
    private static final String ONE = "/v1/instances/{id}";

    private final Instances instances;

    InstancesResource(Instances instances) {
        this.instances = instances;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/v1/instances", this::list),
                AdminRoute.post("/v1/instances", this::start),
                AdminRoute.get(ONE, this::show),
                AdminRoute.delete(ONE, this::remove),
                AdminRoute.post(ONE + "/pause", context -> change(context, instances::pause)),
                AdminRoute.post(ONE + "/resume", context -> change(context, instances::resume)),
                AdminRoute.post(ONE + "/suspend", context -> change(context, instances::suspend)),
                AdminRoute.post(ONE + "/wake", context -> change(context, instances::wake)),
                AdminRoute.post(ONE + "/save", this::save),
                AdminRoute.get(ONE + "/log", this::log),
                AdminRoute.waitingGet(ONE + "/screenshot", this::screenshot),
                AdminRoute.waitingGet(ONE + "/usage", this::usage));
    }

    private void list(Context context) {
        AdminJson.reply(AdminJson.list("instances", instances.list(), InstancesResource::json))
                .sendTo(context);
    }

    private void start(Context context) {
        Problems problems = new Problems();
        JsonFields fields = new JsonFields(JsonBody.of(context), "", problems);
        List<String> service = new ArrayList<>();
        List<Boolean> join = new ArrayList<>();
        fields.text("service_id", service::add);
        fields.flag("join", join::add);
        fields.refuseOthers();
        problems.require(fields.has("service_id"), "service_id", "must be given");
        problems.throwIfAny();
        Instance instance = instances.start(service.get(0), join.contains(true));
        AdminJson.reply(201, json(instance))
                .with(Map.of("Location", "/v1/instances/" + instance.id()))
                .sendTo(context);
    }

    private void show(Context context) {
        UUID id = id(context);
        instances.touch(id);
        AdminJson.reply(json(instances.get(id))).sendTo(context);
    }

    private void remove(Context context) {
        instances.remove(id(context));
        AdminJson.reply(AdminJson.object()).sendTo(context);
    }

    private void save(Context context) {
        Problems problems = new Problems();
        JsonFields fields = new JsonFields(JsonBody.of(context), "", problems);
        List<String> service = new ArrayList<>();
        fields.text("service_id", service::add);
        fields.refuseOthers();
        problems.throwIfAny();
        SnapshotsResource.accepted(
                context, instances.save(id(context), service.stream().findFirst()));
    }

    private void log(Context context) {
        byte[] text = instances.log(id(context)).getBytes(StandardCharsets.UTF_8);
        new Reply(200, "text/plain; charset=utf-8", text, Map.of()).sendTo(context);
    }

    private void screenshot(Context context) {
        new Reply(200, "image/png", instances.screenshot(id(context)), Map.of()).sendTo(context);
    }

    private void usage(Context context) {
        MachineUsage usage = instances.usage(id(context));
        ObjectNode json = AdminJson.object()
                .put("private_bytes", usage.privateBytes())
                .put("cpu_seconds", usage.cpuTime().toMillis() / 1000.0)
                .put("disk_bytes", usage.diskBytes())
                .put("connections", usage.connections());
        AdminJson.reply(json).sendTo(context);
    }

    private static void change(Context context, Function<UUID, Instance> change) {
        AdminJson.reply(json(change.apply(id(context)))).sendTo(context);
    }

    static UUID id(Context context) {
        String text = context.pathParam("id");
        try {
            UUID id = UUID.fromString(text);
            if (id.toString().equalsIgnoreCase(text)) {
                return id;
            }
        } catch (IllegalArgumentException notAnId) {
            throw unknown(text);
        }
        throw unknown(text);
    }

    private static CloudletException unknown(String id) {
        return new CloudletException(ErrorCode.INSTANCE_UNKNOWN, "There is no instance '" + id + "'.");
    }

    private static ObjectNode json(Instance instance) {
        ObjectNode json = AdminJson.object();
        json.put("id", instance.id().toString());
        json.put("service_id", instance.serviceId());
        json.put("image_version", instance.imageVersion());
        json.put("kind", AdminJson.name(instance.kind()));
        json.put("state", AdminJson.name(instance.state()));
        json.put("users", instance.users());
        json.put("created", AdminJson.time(instance.created()));
        AdminJson.putTime(json, "ready_at", instance.readyAt());
        json.put("last_used", AdminJson.time(instance.lastUsed()));
        ArrayNode ports = json.putArray("ports");
        for (PortForward forward : instance.forwards()) {
            ports.add(ServiceJson.port(forward.guest())
                    .put("host_address", forward.hostAddress().getHostAddress())
                    .put("host_port", forward.hostPort()));
        }
        json.putNull("failure");
        instance.failure().ifPresent(failure -> json.putObject("failure")
                .put("at", AdminJson.time(failure.at()))
                .put("reason", failure.reason()));
        return json;
    }
}
