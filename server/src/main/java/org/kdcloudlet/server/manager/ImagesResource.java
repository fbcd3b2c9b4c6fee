package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.catalog.Images;
import org.kdcloudlet.server.catalog.Images.ImageSource;
import org.kdcloudlet.server.catalog.Packages;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.upload.UploadKind;

/** {@code /v1/services/{service_id}/images} */
final class ImagesResource {
    private static final String IMAGES = "/v1/services/{service_id}/images";
    private static final String ONE = IMAGES + "/{number}";

    private final Catalog catalog;
    private final Images images;
    private final Packages packages;
    private final Uploads uploads;

    ImagesResource(AdminApi.Parts parts) {
        this.catalog = parts.catalog();
        this.images = parts.images();
        this.packages = parts.packages();
        this.uploads = new Uploads(parts, parts.uploadLimits(), UploadKind.IMAGE);
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/v1/import-folder/images", this::listFolder).needs(Role.OPERATOR),
                AdminRoute.get(IMAGES, this::list),
                AdminRoute.post(IMAGES, this::importImage).streaming(),
                AdminRoute.delete(ONE, this::remove),
                AdminRoute.post(ONE + "/prepare", this::prepare),
                AdminRoute.post(ONE + "/use", this::use));
    }

    private void list(Context context) {
        AdminJson.reply(AdminJson.list("images", images.versions(service(context)), ServiceJson::image))
                .sendTo(context);
    }

    private void listFolder(Context context) {
        AdminJson.reply(AdminJson.list("images", packages.images(), file -> AdminJson.object()
                        .put("name", file.name())
                        .put("bytes", file.bytes())
                        .put("format", AdminJson.name(file.format()))
                        .put("modified", AdminJson.time(file.modified()))))
                .sendTo(context);
    }

    /** The answer comes when the upload is stored; its import and preparation go on as the operation. */
    private void importImage(Context context) {
        String service = catalog.get(service(context)).serviceId();
        Optional<DiskFormat> format =
                Optional.ofNullable(context.queryParam("format")).map(ImagesResource::format);
        boolean prepared = isPrepared(context);
        Optional<String> inFolder = Optional.ofNullable(context.queryParam("from"));
        if (inFolder.isPresent()) {
            Path file = packages.image(inFolder.get());
            accepted(context, begin(service, new ImageSource(InputFile.kept(file), format), prepared));
            return;
        }
        accepted(
                context,
                uploads.begin(context, (file, name) -> begin(service, new ImageSource(file, format), prepared)));
    }

    private void prepare(Context context) {
        accepted(context, images.prepare(service(context), number(context)));
    }

    private void use(Context context) {
        Service service = images.use(service(context), number(context));
        AdminJson.reply(ServiceJson.service(service, Optional.empty(), images.attention(service)))
                .sendTo(context);
    }

    private void remove(Context context) {
        images.remove(service(context), number(context));
        AdminJson.reply(AdminJson.object()).sendTo(context);
    }

    static void accepted(Context context, Operation operation) {
        AdminJson.reply(202, OperationsResource.json(operation))
                .with(Map.of("Location", "/v1/operations/" + operation.id()))
                .sendTo(context);
    }

    private static String service(Context context) {
        return context.pathParam("service_id");
    }

    static int number(Context context) {
        String text = context.pathParam("number");
        if (!text.matches("[0-9]{1,9}")) {
            throw JsonBody.invalid("The number of an image version is a whole number, not '" + text + "'.");
        }
        return Integer.parseInt(text);
    }

    private Operation begin(String service, ImageSource source, boolean prepared) {
        return prepared ? images.importImage(service, source) : images.store(service, source);
    }

    private static boolean isPrepared(Context context) {
        String asked = Optional.ofNullable(context.queryParam("prepare")).orElse("true");
        if (!asked.equals("true") && !asked.equals("false")) {
            throw JsonBody.invalid("prepare must be true or false.");
        }
        return asked.equals("true");
    }

    static DiskFormat format(String text) {
        for (DiskFormat format : DiskFormat.values()) {
            if (format.name().toLowerCase(Locale.ROOT).equals(text)) {
                return format;
            }
        }
        throw JsonBody.invalid("format must be one of qcow2, raw, vmdk, vdi.");
    }
}
