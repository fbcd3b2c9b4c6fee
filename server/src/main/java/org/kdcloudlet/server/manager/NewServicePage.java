package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.catalog.Images.ImageSource;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.catalog.ServiceDefinition;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.manager.page.Frame;
import org.kdcloudlet.server.manager.page.ServiceForm;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.upload.UploadKind;

/** {@code /new-service}: a service from nothing, with its image; and the checks of its fields while they are filled in. */
final class NewServicePage {
    private static final List<String> IMAGE_FIELDS =
            List.of("image_source", "upload", "folder_file", "format", "prepare");
    /** Fields that may be wrong because of another one, and are right from the beginning. */
    private static final List<String> DEPENDENT = List.of("network", "probe", "cloned");

    private final AdminApi.Parts parts;
    private final PageRenderer pages;

    NewServicePage(AdminApi.Parts parts, PageRenderer pages) {
        this.parts = parts;
        this.pages = pages;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/new-service", this::show).needs(Role.OPERATOR),
                AdminRoute.get("/new-service/check", this::check).needs(Role.OPERATOR),
                AdminRoute.post("/services", this::add));
    }

    private void show(Context context) {
        form(context, 200, with(ServiceForms.empty(), Map.of("image_source", "upload", "prepare", "automatic")));
    }

    private static ServiceForm with(ServiceForm form, Map<String, String> more) {
        Map<String, String> values = new HashMap<>(form.values());
        values.putAll(more);
        return new ServiceForm(values, form.problems());
    }

    private void form(Context context, int status, ServiceForm form) {
        Frame frame = pages.frame(context, "New service", "services");
        pages.page(
                context,
                status,
                "serviceNew",
                frame,
                Map.of(
                        "form",
                        form,
                        "files",
                        parts.packages().images(),
                        "cdroms",
                        parts.preparations().cdroms()));
    }

    /** Says what is wrong with the field that was changed, and with those that depend on others; or, asked otherwise, with all. */
    private void check(Context context) {
        ServiceForm checked = checked(context);
        Optional<String> field =
                Optional.ofNullable(context.header("HX-Trigger-Name")).filter(checked.values()::containsKey);
        if (field.isEmpty()) {
            pages.fragment(context, "serviceProblems", Map.of("form", checked));
            return;
        }
        List<String> others = new ArrayList<>(DEPENDENT);
        others.remove(field.get());
        pages.fragment(context, "fieldCheck", Map.of("form", checked, "name", field.get(), "others", others));
    }

    private ServiceForm checked(Context context) {
        String of = query(context, "of");
        Optional<CloudletException> refusal = Optional.empty();
        try {
            ServiceForms.definition(
                    name -> query(context, name), parts.catalog().find(of).map(Service::definition));
        } catch (CloudletException invalid) {
            refusal = Optional.of(invalid);
        }
        ServiceForm form = withoutEchoes(ServiceForms.sent(name -> query(context, name), refusal));
        String id = form.value("service_id").strip();
        if (id.equals(of) || parts.catalog().find(id).isEmpty()) {
            return form;
        }
        List<Map.Entry<String, String>> problems = new ArrayList<>(form.problems());
        problems.add(Map.entry("service_id", "there is a service of this id already"));
        return new ServiceForm(form.values(), problems);
    }

    /** What is wrong with the ports is wrong with the port of the probe too, and need not be said twice. */
    private static ServiceForm withoutEchoes(ServiceForm form) {
        if (form.problem("ports").isEmpty()) {
            return form;
        }
        return new ServiceForm(
                form.values(),
                form.problems().stream()
                        .filter(problem -> !problem.getKey().equals("probe"))
                        .toList());
    }

    private static String query(Context context, String name) {
        return Optional.ofNullable(context.queryParam(name)).orElse("");
    }

    private void add(Context context) {
        AccessControl.concerns(context, Form.field(context, "service_id"));
        try {
            ServiceDefinition definition = ServiceForms.definition(name -> Form.field(context, name), Optional.empty());
            Optional<Operation> begun = add(context, definition);
            PageRenderer.seeOther(
                    context,
                    begun.map(operation -> "/operations/" + operation.id())
                            .orElse("/services/" + definition.serviceId() + next(context)));
        } catch (CloudletException refusal) {
            AccessControl.refused(context, refusal);
            form(context, refusal.code().status(), sent(context, refusal));
        }
    }

    /** Where one goes on with a service that has no image yet. */
    private static String next(Context context) {
        return Form.field(context, "image_source").equals("cdrom") ? "/preparation?from=blank" : "?done=saved";
    }

    private static ServiceForm sent(Context context, CloudletException refusal) {
        ServiceForm form = ServiceForms.sent(name -> Form.field(context, name), Optional.of(refusal));
        Map<String, String> image = new HashMap<>();
        IMAGE_FIELDS.forEach(name -> image.put(name, Form.field(context, name)));
        boolean ofService = refusal.code() == ErrorCode.INVALID_VALUE || refusal.code() == ErrorCode.SERVICE_EXISTS;
        return with(
                ofService ? form : new ServiceForm(form.values(), List.of(Map.entry("image", refusal.getMessage()))),
                image);
    }

    /** Adds a service and begins with its image, or neither. */
    private Optional<Operation> add(Context context, ServiceDefinition definition) {
        Optional<DiskFormat> format = Optional.of(Form.field(context, "format"))
                .filter(text -> !text.isEmpty())
                .map(ImagesResource::format);
        String source = Form.field(context, "image_source");
        String id = definition.serviceId();
        try (Reverter undo = new Reverter()) {
            Service added = parts.catalog().add(definition);
            undo.add("remove service " + id, () -> parts.catalog().delete(added.serviceId(), true));
            Optional<Operation> begun =
                    switch (source) {
                        case "upload" -> Optional.of(upload(context, id, format));
                        case "folder" -> Optional.of(fromFolder(context, id, format));
                        default -> Optional.empty();
                    };
            undo.commit();
            return begun;
        }
    }

    private Operation upload(Context context, String service, Optional<DiskFormat> format) {
        String upload = Form.field(context, "upload");
        if (upload.isEmpty()) {
            throw new CloudletException(
                    ErrorCode.IMAGE_INVALID, "Choose a file and let it arrive, or add the image later.");
        }
        return parts.resumableUploads()
                .begin(
                        UploadsResource.owner(context),
                        upload,
                        UploadKind.IMAGE,
                        file -> begin(context, service, new ImageSource(file, format)));
    }

    private Operation fromFolder(Context context, String service, Optional<DiskFormat> format) {
        String name = Form.field(context, "folder_file");
        if (name.isEmpty()) {
            throw new CloudletException(
                    ErrorCode.IMAGE_INVALID, "Choose a file of the import folder, or add the image later.");
        }
        Path file = parts.packages().image(name);
        return begin(context, service, new ImageSource(InputFile.kept(file), format));
    }

    private Operation begin(Context context, String service, ImageSource source) {
        boolean stored = Form.field(context, "prepare").equals("interactive");
        return stored ? parts.images().store(service, source) : parts.images().importImage(service, source);
    }
}
