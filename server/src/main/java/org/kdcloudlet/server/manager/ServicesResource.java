package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.catalog.Images;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.catalog.ServiceDefinition;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.instance.PoolStatus;

/** {@code /v1/services} */
final class ServicesResource {
    private final Catalog catalog;
    private final Images images;
    private final Instances instances;

    ServicesResource(Catalog catalog, Images images, Instances instances) {
        this.catalog = catalog;
        this.images = images;
        this.instances = instances;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/v1/services", this::list),
                AdminRoute.post("/v1/services", this::add),
                AdminRoute.get("/v1/services/{service_id}", this::show),
                AdminRoute.patch("/v1/services/{service_id}", this::edit),
                AdminRoute.delete("/v1/services/{service_id}", this::remove));
    }

    private void list(Context context) {
        List<PoolStatus> pools = instances.pools();
        AdminJson.reply(AdminJson.list("services", catalog.list(), service -> json(service, pools)))
                .sendTo(context);
    }

    private void add(Context context) {
        Service service = catalog.add(DefinitionReader.apply(JsonBody.of(context), ServiceDefinition.builder()));
        AdminJson.reply(201, json(service, instances.pools())).sendTo(context);
    }

    private void show(Context context) {
        AdminJson.reply(json(catalog.get(id(context)), instances.pools())).sendTo(context);
    }

    private void edit(Context context) {
        Service before = catalog.get(id(context));
        ServiceDefinition changed = DefinitionReader.apply(JsonBody.of(context), before.definition().toBuilder());
        Service service = catalog.edit(before.serviceId(), changed);
        AdminJson.reply(json(service, instances.pools())).sendTo(context);
    }

    private void remove(Context context) {
        catalog.delete(id(context), "true".equals(context.queryParam("force")));
        AdminJson.reply(AdminJson.object()).sendTo(context);
    }

    private ObjectNode json(Service service, List<PoolStatus> pools) {
        Optional<PoolStatus> pool = pools.stream()
                .filter(candidate -> candidate.serviceId().equals(service.serviceId()))
                .findFirst();
        return ServiceJson.service(service, pool, images.attention(service));
    }

    private static String id(Context context) {
        return context.pathParam("service_id");
    }
}
