package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.catalog.ServiceDefinition;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.instance.Instance;
import org.kdcloudlet.server.instance.InstanceState;
import org.kdcloudlet.server.manager.page.Frame;
import org.kdcloudlet.server.manager.page.RowChange;
import org.kdcloudlet.server.manager.page.Rows.ServiceRow;
import org.kdcloudlet.server.manager.page.ServiceForm;
import org.kdcloudlet.server.operation.Operation;

/** {@code /services}: what this cloudlet offers. */
final class ServicesPages {
    private static final String ONE = "/services/{service_id}";
    private static final String VERSION = ONE + "/images/{number}";

    private final AdminApi.Parts parts;
    private final PageRenderer pages;
    private final ServiceRows rows;
    private final RowChanges<ServiceRow> changes =
            new RowChanges<>(row -> row.service().id(), ServiceRow::shown);

    ServicesPages(AdminApi.Parts parts, PageRenderer pages) {
        this.parts = parts;
        this.pages = pages;
        this.rows = new ServiceRows(parts);
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/services", this::list),
                AdminRoute.get("/service-changes", this::changes),
                AdminRoute.get(ONE, context -> show(context, 200, Optional.empty())),
                AdminRoute.get(ONE + "/state", this::showState),
                AdminRoute.post(ONE + "/edit", this::edit),
                AdminRoute.post(ONE + "/export", this::exportToFolder),
                AdminRoute.get(ONE + "/remove", this::askRemove).needs(Role.OPERATOR),
                AdminRoute.post(ONE + "/remove", this::remove),
                AdminRoute.post(VERSION + "/use", this::use),
                AdminRoute.post(VERSION + "/prepare", this::prepare),
                AdminRoute.post(VERSION + "/remove", this::removeVersion));
    }

    private void list(Context context) {
        pages.page(
                context,
                "services",
                frame(context, "Services"),
                Map.of("table", pages.part("servicesTable", table(context, rows.all()))));
    }

    private Map<String, Object> table(Context context, List<ServiceRow> services) {
        return Map.of("frame", frame(context, "Services"), "services", services, "state", changes.state(services));
    }

    /** The rows that changed; the whole table when one was added, which has its place by its id, or nothing is known of the page. */
    private void changes(Context context) {
        List<ServiceRow> services = rows.all();
        String state = Optional.ofNullable(context.queryParam("state")).orElse("");
        Optional<RowChange<ServiceRow>> change =
                changes.since(state, services).filter(known -> known.added().isEmpty());
        if (change.isPresent()) {
            Map<String, Object> values = Map.of("frame", frame(context, "Services"), "change", change.get());
            pages.fragment(context, "servicesChanges", values);
        } else {
            pages.whole(context, "#services", "servicesTable", table(context, services));
        }
    }

    private Frame frame(Context context, String title) {
        return pages.frame(context, title, "services");
    }

    private void show(Context context, int status, Optional<ServiceForm> filled) {
        Service service = service(context);
        Frame frame = frame(context, service.serviceId());
        pages.page(
                context,
                status,
                "service",
                frame,
                Map.of(
                        "id",
                        service.serviceId(),
                        "state",
                        pages.part("serviceState", state(frame, service)),
                        "form",
                        filled.orElseGet(
                                () -> ServiceForms.of(service.definition()).form())));
    }

    private void showState(Context context) {
        parts.catalog()
                .find(context.pathParam("service_id"))
                .ifPresentOrElse(
                        service -> pages.fragment(
                                context, "serviceState", state(frame(context, service.serviceId()), service)),
                        () -> pages.fragment(context, "serviceGone", Map.of()));
    }

    private Map<String, Object> state(Frame frame, Service service) {
        String id = service.serviceId();
        return Map.of(
                "frame", frame,
                "row", rows.of(service),
                "versions", parts.images().versions(id),
                "toFolder", parts.packages().exportsToFolder(),
                "withTemplate", parts.packages().hasTemplate(id),
                "prepared", parts.preparations().find(id).isPresent());
    }

    private void edit(Context context) {
        Service before = service(context);
        try {
            ServiceDefinition definition =
                    ServiceForms.definition(name -> Form.field(context, name), Optional.of(before.definition()));
            Service edited = parts.catalog().edit(before.serviceId(), definition);
            PageRenderer.seeOther(context, "/services/" + edited.serviceId() + "?done=saved");
        } catch (CloudletException refusal) {
            AccessControl.refused(context, refusal);
            show(
                    context,
                    refusal.code().status(),
                    Optional.of(ServiceForms.sent(name -> Form.field(context, name), Optional.of(refusal))));
        }
    }

    private void exportToFolder(Context context) {
        boolean template = "true".equals(Form.field(context, "template"));
        Operation begun = parts.packages().exportToFolder(service(context).serviceId(), true, template);
        PageRenderer.seeOther(context, "/operations/" + begun.id());
    }

    private void askRemove(Context context) {
        Service service = service(context);
        List<Instance> stopped = parts.instances().list().stream()
                .filter(instance -> instance.service().equals(service.id()))
                .filter(instance -> instance.state() != InstanceState.FAILED)
                .toList();
        pages.page(
                context,
                "serviceRemove",
                frame(context, "Delete " + service.serviceId()),
                Map.of(
                        "id",
                        service.serviceId(),
                        "instances",
                        stopped,
                        "versions",
                        parts.images().versions(service.serviceId()).size()));
    }

    private void remove(Context context) {
        parts.catalog().delete(service(context).serviceId(), "true".equals(Form.field(context, "force")));
        PageRenderer.seeOther(context, "/services?done=removed");
    }

    private void use(Context context) {
        Service used = parts.images().use(service(context).serviceId(), ImagesResource.number(context));
        PageRenderer.seeOther(context, "/services/" + used.serviceId() + "?done=saved");
    }

    private void prepare(Context context) {
        Operation begun = parts.images().prepare(service(context).serviceId(), ImagesResource.number(context));
        PageRenderer.seeOther(context, "/operations/" + begun.id());
    }

    private void removeVersion(Context context) {
        String id = service(context).serviceId();
        parts.images().remove(id, ImagesResource.number(context));
        PageRenderer.seeOther(context, "/services/" + id + "?done=removed");
    }

    private Service service(Context context) {
        return parts.catalog().get(context.pathParam("service_id"));
    }
}
