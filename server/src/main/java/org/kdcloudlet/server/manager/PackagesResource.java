package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.catalog.Packages;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.upload.ResumableUploads;
import org.kdcloudlet.server.upload.UploadKind;

/** {@code /v1/packages}: services as files, in and out. */
final class PackagesResource {
    private static final String PACKAGES = "/v1/packages";
    private static final String SERVICE = "/v1/services/{service_id}";

    private final Packages packages;
    private final Uploads uploads;
    private final ResumableUploads resumable;

    PackagesResource(AdminApi.Parts parts) {
        this.packages = parts.packages();
        this.uploads = new Uploads(parts, parts.uploadLimits(), UploadKind.PACKAGE);
        this.resumable = parts.resumableUploads();
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get(PACKAGES, this::list),
                AdminRoute.post(PACKAGES, this::importUpload).streaming(),
                AdminRoute.post(PACKAGES + "/{name}/import", this::importFromFolder),
                AdminRoute.waitingGet(SERVICE + "/package", this::download).streaming(),
                AdminRoute.waitingGet(SERVICE + "/template", this::downloadTemplate)
                        .needs(Role.OPERATOR)
                        .streaming(),
                AdminRoute.post(SERVICE + "/export", this::exportToFolder));
    }

    private void list(Context context) {
        AdminJson.reply(AdminJson.list("packages", packages.candidates(), candidate -> AdminJson.object()
                        .put("name", candidate.name())
                        .put("bytes", candidate.bytes())
                        .put("template", candidate.template())))
                .sendTo(context);
    }

    /** The answer comes when the upload is stored; its import goes on as the operation. */
    private void importUpload(Context context) {
        String id = context.queryParam("template");
        Operation begun = id == null
                ? importUpload(context, Optional.empty())
                : resumable.begin(
                        UploadsResource.owner(context),
                        id,
                        UploadKind.TEMPLATE,
                        template -> importUpload(context, Optional.of(template)));
        ImagesResource.accepted(context, begun);
    }

    private Operation importUpload(Context context, Optional<InputFile> template) {
        return uploads.begin(context, (file, name) -> packages.importPackage(file, template, name));
    }

    private void importFromFolder(Context context) {
        ImagesResource.accepted(context, packages.importFromFolder(context.pathParam("name")));
    }

    private void exportToFolder(Context context) {
        ImagesResource.accepted(
                context,
                packages.exportToFolder(
                        context.pathParam("service_id"),
                        isCompressed(context),
                        "true".equals(context.queryParam("template"))));
    }

    /** How long it gets is not known before, so it is chunked; one that breaks off has no end. */
    private void download(Context context) throws IOException {
        send(context, packages.export(context.pathParam("service_id"), isCompressed(context)));
    }

    private void downloadTemplate(Context context) throws IOException {
        send(context, packages.exportTemplate(context.pathParam("service_id")));
    }

    private static void send(Context context, Packages.Export opened) throws IOException {
        try (Packages.Export export = opened) {
            StreamedAnswer.send(context, "application/octet-stream", export.fileName(), export::writeTo);
        }
    }

    private static boolean isCompressed(Context context) {
        return !"false".equals(context.queryParam("compressed"));
    }
}
