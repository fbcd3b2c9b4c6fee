package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.error.Problems;
import org.kdcloudlet.server.preparation.Preparation;
import org.kdcloudlet.server.preparation.Preparation.Start;
import org.kdcloudlet.server.preparation.Preparations;
import org.kdcloudlet.server.web.Reply;

/** {@code /v1/services/{service_id}/preparation} and {@code /v1/preparations} */
final class PreparationsResource {
    private static final String ONE = "/v1/services/{service_id}/preparation";

    private final Preparations preparations;
    private final Catalog catalog;

    PreparationsResource(AdminApi.Parts parts) {
        this.preparations = parts.preparations();
        this.catalog = parts.catalog();
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/v1/preparations", this::list),
                AdminRoute.get(ONE, this::show),
                AdminRoute.post(ONE, this::begin),
                AdminRoute.delete(ONE, this::discard),
                AdminRoute.post(ONE + "/save", this::save),
                AdminRoute.post(ONE + "/restart", this::restart),
                AdminRoute.post(ONE + "/eject", this::eject),
                AdminRoute.waitingGet(ONE + "/screenshot", this::screenshot));
    }

    private void list(Context context) {
        ObjectNode json = AdminJson.list("preparations", preparations.list(), this::json);
        ArrayNode cdroms = json.putArray("cdroms");
        preparations.cdroms().forEach(cdroms::add);
        AdminJson.reply(json).sendTo(context);
    }

    private void show(Context context) {
        AdminJson.reply(json(preparations.get(service(context)))).sendTo(context);
    }

    private void begin(Context context) {
        Problems problems = new Problems();
        JsonFields fields = new JsonFields(JsonBody.of(context), "", problems);
        AtomicReference<Optional<Integer>> version = new AtomicReference<>(Optional.empty());
        AtomicReference<Integer> blank = new AtomicReference<>(0);
        AtomicReference<NetworkAccess> network = new AtomicReference<>(NetworkAccess.NONE);
        AtomicReference<Optional<String>> cdrom = new AtomicReference<>(Optional.empty());
        fields.optionalNumber("version", version::set);
        fields.number("blank_mib", blank::set);
        fields.choice("network", NetworkAccess.class, network::set);
        fields.optionalText("cdrom", cdrom::set);
        fields.refuseOthers();
        problems.throwIfAny();
        Start start = new Start(version.get(), blank.get(), network.get(), cdrom.get());
        ImagesResource.accepted(context, preparations.begin(service(context), start));
    }

    private void save(Context context) {
        Problems problems = new Problems();
        AtomicBoolean force = new AtomicBoolean();
        if (!context.body().isEmpty()) {
            JsonFields fields = new JsonFields(JsonBody.of(context), "", problems);
            fields.flag("force", force::set);
            fields.refuseOthers();
            problems.throwIfAny();
        }
        ImagesResource.accepted(context, preparations.save(service(context), force.get()));
    }

    private void discard(Context context) {
        preparations.discard(service(context));
        AdminJson.reply(AdminJson.object()).sendTo(context);
    }

    private void restart(Context context) {
        AdminJson.reply(json(preparations.restart(service(context)))).sendTo(context);
    }

    private void eject(Context context) {
        AdminJson.reply(json(preparations.eject(service(context)))).sendTo(context);
    }

    private void screenshot(Context context) {
        byte[] picture = preparations.screenshot(service(context));
        new Reply(200, "image/png", picture, Map.of()).sendTo(context);
    }

    private static String service(Context context) {
        return context.pathParam("service_id");
    }

    private ObjectNode json(Preparation preparation) {
        ObjectNode json = AdminJson.object();
        json.put("id", preparation.id().toString());
        json.put(
                "service_id",
                catalog.byId(preparation.service()).map(Service::serviceId).orElse(""));
        json.put("state", AdminJson.name(preparation.state()));
        json.put("version", preparation.start().version().orElse(null));
        json.put("blank_mib", preparation.start().blankMib());
        json.put("network", AdminJson.name(preparation.start().network()));
        json.put("cdrom", preparation.cdrom().orElse(null));
        json.put("created", AdminJson.time(preparation.created()));
        json.put("operation", preparation.operation().map(String::valueOf).orElse(null));
        json.put("problem", preparation.problem().orElse(null));
        json.put("attention", preparations.attention(preparation).orElse(null));
        return json;
    }
}
