package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.catalog.ImageVersion;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.preparation.Preparation;
import org.kdcloudlet.server.preparation.Preparation.Start;
import org.kdcloudlet.server.preparation.Preparations;

/** {@code /services/{service_id}/preparation}: begins the preparation of an image by hand, and is where it is done. */
final class PreparationPages {
    static final String PAGE = "/services/{service_id}/preparation";

    private static final long MIB_PER_GIB = 1024;
    private static final String USUAL_GIB = "8";
    private static final String KIND = "preparation.";

    private final AdminApi.Parts parts;
    private final Preparations preparations;
    private final PageRenderer pages;

    PreparationPages(AdminApi.Parts parts, PageRenderer pages) {
        this.parts = parts;
        this.preparations = parts.preparations();
        this.pages = pages;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get(PAGE, this::show),
                AdminRoute.get(PAGE + "/body", context -> pages.fragment(context, "preparationBody", body(context))),
                AdminRoute.post(PAGE, this::begin),
                AdminRoute.post(PAGE + "/save", this::save),
                AdminRoute.post(PAGE + "/restart", context -> {
                    preparations.restart(service(context).serviceId());
                    back(context);
                }),
                AdminRoute.post(PAGE + "/eject", context -> {
                    preparations.eject(service(context).serviceId());
                    back(context);
                }),
                AdminRoute.post(PAGE + "/discard", this::discard)
                        .needs(Role.OPERATOR)
                        .named("services.preparation.remove"));
    }

    private Service service(Context context) {
        return parts.catalog().get(context.pathParam("service_id"));
    }

    private void show(Context context) {
        Service service = service(context);
        if (preparations.find(service.serviceId()).isEmpty()) {
            form(context, 200, service, Optional.empty());
            return;
        }
        preparations.attend(service.serviceId());
        pages.page(
                context,
                "preparation",
                pages.frame(context, "Preparation of " + service.serviceId(), "services"),
                Map.of("id", service.serviceId(), "body", pages.part("preparationBody", body(context))));
    }

    private void form(Context context, int status, Service service, Optional<CloudletException> refusal) {
        String chosen = Optional.ofNullable(context.queryParam("version"))
                .or(() -> Optional.ofNullable(context.queryParam("from")).filter("blank"::equals))
                .or(() -> Form.optional(context, "from"))
                .or(() -> service.imageVersion().or(() -> newest(service)).map(String::valueOf))
                .orElse("");
        Map<String, Object> values = new HashMap<>();
        values.put("id", service.serviceId());
        values.put("versions", parts.images().versions(service.serviceId()));
        values.put("current", service.imageVersion().orElse(0));
        values.put("chosen", chosen);
        values.put("cdroms", preparations.cdroms());
        values.put("cdrom", Form.field(context, "cdrom"));
        values.put("gib", Form.optional(context, "gib").orElse(USUAL_GIB));
        values.put("open", Form.field(context, "network").equals("open"));
        values.put("problem", refusal.map(CloudletException::getMessage).orElse(""));
        values.put("last", last(service).orElse(null));
        pages.page(
                context,
                status,
                "preparationNew",
                pages.frame(context, "Prepare an image of " + service.serviceId(), "services"),
                values);
    }

    private Optional<Integer> newest(Service service) {
        return parts.images().versions(service.serviceId()).stream().findFirst().map(ImageVersion::number);
    }

    /** The latest operation on a preparation of a service. */
    private Optional<Operation> last(Service service) {
        return parts.operations().list().stream()
                .filter(operation ->
                        operation.kind().startsWith(KIND) && operation.target().equals(service.serviceId()))
                .findFirst();
    }

    private Map<String, Object> body(Context context) {
        Service service = service(context);
        Optional<Preparation> preparation = preparations.find(service.serviceId());
        Map<String, Object> values = new HashMap<>();
        values.put("frame", pages.frame(context, "Preparation", "services"));
        values.put("id", service.serviceId());
        values.put("preparation", preparation.orElse(null));
        values.put("operation", operation(service, preparation).orElse(null));
        values.put("attention", preparation.flatMap(preparations::attention).orElse(""));
        return values;
    }

    /** What works on it, and the last that did when nothing does. */
    private Optional<Operation> operation(Service service, Optional<Preparation> preparation) {
        return preparation
                .flatMap(Preparation::operation)
                .flatMap(parts.operations()::find)
                .or(() -> last(service));
    }

    private void begin(Context context) {
        Service service = service(context);
        try {
            preparations.begin(service.serviceId(), start(context));
            back(context);
        } catch (CloudletException refusal) {
            AccessControl.refused(context, refusal);
            form(context, refusal.code().status(), service, Optional.of(refusal));
        }
    }

    private static Start start(Context context) {
        String from = Form.field(context, "from");
        NetworkAccess network = network(Form.field(context, "network"));
        Optional<String> cdrom = Form.optional(context, "cdrom").filter(name -> !name.isEmpty());
        if (from.equals("blank")) {
            long gib = number(Form.field(context, "gib"), "The size of the disk");
            return new Start(Optional.empty(), gib * MIB_PER_GIB, network, cdrom);
        }
        return new Start(Optional.of((int) number(from, "The image version")), 0, network, cdrom);
    }

    /** What the box sends when it is ticked, and nothing when it is not; what cannot be meant is not guessed at. */
    private static NetworkAccess network(String chosen) {
        return switch (chosen) {
            case "" -> NetworkAccess.NONE;
            case "open" -> NetworkAccess.OPEN;
            default -> throw JsonBody.invalid("The network must be open, or not given.");
        };
    }

    private static long number(String text, String what) {
        if (!text.matches("[0-9]{1,6}")) {
            throw JsonBody.invalid(what + " must be a whole number.");
        }
        return Long.parseLong(text);
    }

    private void save(Context context) {
        boolean force = Form.field(context, "force").equals("true");
        Operation saving = preparations.save(service(context).serviceId(), force);
        PageRenderer.seeOther(context, "/operations/" + saving.id());
    }

    private void discard(Context context) {
        String id = service(context).serviceId();
        preparations.discard(id);
        PageRenderer.seeOther(context, "/services/" + id + "?done=removed");
    }

    private void back(Context context) {
        PageRenderer.seeOther(context, "/services/" + service(context).serviceId() + "/preparation");
    }
}
