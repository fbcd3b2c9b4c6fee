package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.util.List;
import org.kdcloudlet.server.account.AuditLog;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.backup.Backups;
import org.kdcloudlet.server.upload.UploadKind;
import org.kdcloudlet.server.web.FileReply;

/** {@code /v1/backups} and {@code /v1/restore}: all that a cloudlet keeps, out and in; so for administrators alone. */
final class BackupsResource {
    private static final String BACKUPS = "/v1/backups";
    private static final String ONE = BACKUPS + "/{name}";

    private final AdminApi.Parts parts;
    private final Uploads uploads;

    BackupsResource(AdminApi.Parts parts) {
        this.parts = parts;
        this.uploads = new Uploads(parts, () -> limits(parts), UploadKind.BACKUP);
    }

    /** As long as the disk has room. */
    private static AdminApi.UploadLimits limits(AdminApi.Parts parts) {
        return new AdminApi.UploadLimits(
                Long.MAX_VALUE, parts.uploadLimits().get().diskReserveBytes());
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get(BACKUPS, this::list).needs(Role.ADMINISTRATOR),
                AdminRoute.post(BACKUPS, this::create).needs(Role.ADMINISTRATOR),
                AdminRoute.waitingGet(ONE, this::download)
                        .needs(Role.ADMINISTRATOR)
                        .streaming(),
                AdminRoute.delete(ONE, this::remove).needs(Role.ADMINISTRATOR),
                AdminRoute.post("/v1/restore", this::restore)
                        .needs(Role.ADMINISTRATOR)
                        .streaming());
    }

    private void list(Context context) {
        AdminJson.reply(AdminJson.list(
                        "backups", parts.backups().find().stream().toList(), BackupsResource::json))
                .sendTo(context);
    }

    private void create(Context context) {
        boolean images = "true".equals(context.queryParam("images"));
        AccessControl.concerns(context, images ? "with images" : "without images");
        ImagesResource.accepted(context, parts.backups().create(images));
    }

    /** It takes everything out of the cloudlet; so it goes on record, though it changes nothing. */
    private void download(Context context) {
        Backups.Download download = parts.backups().open(context.pathParam("name"));
        parts.accounts()
                .audit()
                .record(
                        AccessControl.actor(context),
                        "backups.download",
                        download.backup().name(),
                        AuditLog.DONE);
        new FileReply(
                        "application/zstd",
                        download.backup().name(),
                        download.file(),
                        download.backup().bytes())
                .sendTo(context);
    }

    private void remove(Context context) {
        parts.backups().remove(context.pathParam("name"));
        AdminJson.reply(AdminJson.object()).sendTo(context);
    }

    /** The answer comes when the upload is stored; what follows goes on as the operation. */
    private void restore(Context context) {
        parts.backups().requireEmpty();
        ImagesResource.accepted(context, uploads.begin(context, (file, name) -> parts.backups()
                .restore(file, AccessControl.actor(context))));
    }

    private static ObjectNode json(Backups.Backup backup) {
        return AdminJson.object()
                .put("name", backup.name())
                .put("bytes", backup.bytes())
                .put("created", AdminJson.time(backup.created()));
    }
}
