package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.server.app.App;
import org.kdcloudlet.server.app.AppMetadata;
import org.kdcloudlet.server.app.Apps;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.error.Problems;
import org.kdcloudlet.server.upload.UploadKind;
import org.kdcloudlet.server.web.FileReply;
import org.kdcloudlet.server.web.Reply;

/** {@code /v1/apps} */
final class AppsResource {
    private static final String APPS = "/v1/apps";
    private static final String ONE = APPS + "/{id}";
    private static final String PACKAGE = ONE + "/package";

    private final Apps apps;
    private final Uploads uploads;

    AppsResource(AdminApi.Parts parts) {
        this.apps = parts.apps();
        this.uploads = new Uploads(parts, parts.appLimits(), UploadKind.APP);
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get(APPS, this::list),
                AdminRoute.post(APPS, this::add).streaming(),
                AdminRoute.get(ONE, this::show),
                AdminRoute.patch(ONE, this::edit),
                AdminRoute.delete(ONE, this::remove),
                AdminRoute.waitingGet(PACKAGE, this::download).streaming(),
                AdminRoute.post(PACKAGE, this::replace).streaming(),
                AdminRoute.get(ONE + "/icon", this::icon));
    }

    private void list(Context context) {
        AdminJson.reply(AdminJson.list("apps", apps.list(), AppsResource::json)).sendTo(context);
    }

    /** The body is the package; what the operator says of it is in the query. */
    private void add(Context context) {
        AppMetadata metadata = new AppMetadata(
                Optional.ofNullable(context.queryParam("service_id")),
                Optional.ofNullable(context.queryParam("description")).orElse(""),
                context.queryParams("tag"));
        Problems problems = new Problems();
        metadata.check(problems);
        problems.throwIfAny();
        App app = uploads.take(context, (file, name) -> apps.add(file, metadata));
        AdminJson.reply(201, json(app))
                .with(Map.of("Location", APPS + "/" + app.id()))
                .sendTo(context);
    }

    private void show(Context context) {
        AdminJson.reply(json(apps.get(id(context)))).sendTo(context);
    }

    private void edit(Context context) {
        App before = apps.get(id(context));
        AppMetadata[] metadata = {before.metadata()};
        Problems problems = new Problems();
        JsonFields fields = new JsonFields(JsonBody.of(context), "", problems);
        fields.optionalText("service_id", value -> metadata[0] = metadata[0].withServiceId(value));
        fields.text("description", value -> metadata[0] = metadata[0].withDescription(value));
        fields.texts("tags", value -> metadata[0] = metadata[0].withTags(value));
        fields.refuseOthers();
        metadata[0].check(problems);
        problems.throwIfAny();
        AdminJson.reply(json(apps.edit(before.id(), metadata[0]))).sendTo(context);
    }

    private void replace(Context context) {
        String id = apps.get(id(context)).id();
        boolean older = "true".equals(context.queryParam("older"));
        AdminJson.reply(json(uploads.take(context, (file, name) -> apps.replace(id, file, older))))
                .sendTo(context);
    }

    private void remove(Context context) {
        apps.remove(id(context));
        AdminJson.reply(AdminJson.object()).sendTo(context);
    }

    private void download(Context context) {
        App app = apps.get(id(context));
        Apps.Download download = apps.open(app.id())
                .orElseThrow(() -> new CloudletException(
                        ErrorCode.APP_UNKNOWN,
                        "The file of app " + app.details().packageName() + " is gone; replace its package."));
        new FileReply(
                        "application/vnd.android.package-archive",
                        download.app().fileName(),
                        download.file(),
                        download.app().content().bytes())
                .sendTo(context);
    }

    private void icon(Context context) {
        App app = apps.get(id(context));
        byte[] icon = apps.icon(app.id())
                .orElseThrow(() -> new CloudletException(
                        ErrorCode.APP_UNKNOWN, "App " + app.details().packageName() + " has no picture."));
        String type = icon[0] == 'R' ? "image/webp" : "image/png";
        new Reply(200, type, icon, Map.of()).sendTo(context);
    }

    private static ObjectNode json(App app) {
        ObjectNode json = AdminJson.object();
        json.put("id", app.id());
        json.put("package_name", app.details().packageName());
        json.put("name", app.details().name());
        json.put("version_name", app.details().versionName());
        json.put("version_code", app.details().versionCode());
        json.put("min_android_version", app.details().minAndroid());
        json.put("service_id", app.metadata().serviceId().orElse(null));
        json.put("description", app.metadata().description());
        app.metadata().tags().forEach(json.putArray("tags")::add);
        json.put("file_name", app.fileName());
        json.put("file_bytes", app.content().bytes());
        json.put("md5", app.content().md5());
        json.put("sha256", app.content().sha256());
        json.put("icon", app.content().icon());
        json.put("created", AdminJson.time(app.created()));
        json.put("modified", AdminJson.time(app.modified()));
        return json;
    }

    private static String id(Context context) {
        return context.pathParam("id");
    }
}
