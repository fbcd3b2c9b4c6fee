package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.util.List;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.config.SettingValue;
import org.kdcloudlet.server.setting.Settings;

/** {@code /v1/settings}: what is configured, and what of it may be changed while the server runs. */
final class SettingsResource {
    private final Settings settings;

    SettingsResource(Settings settings) {
        this.settings = settings;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/v1/settings", this::list).needs(Role.OPERATOR),
                AdminRoute.put("/v1/settings/{key}", this::change).needs(Role.ADMINISTRATOR),
                AdminRoute.delete("/v1/settings/{key}", this::reset)
                        .needs(Role.ADMINISTRATOR)
                        .named("settings.reset"));
    }

    private void list(Context context) {
        AdminJson.reply(AdminJson.list("settings", settings.list(), SettingsResource::json))
                .sendTo(context);
    }

    private void change(Context context) {
        ObjectNode body = JsonBody.of(context);
        JsonNode value = body.path("value");
        if (body.size() != 1 || !value.isValueNode() || value.isNull()) {
            throw JsonBody.invalid("The body must be {\"value\": VALUE}, with a text, a number, true or false.");
        }
        AdminJson.reply(json(settings.change(
                        context.pathParam("key"),
                        value.asText(),
                        AccessControl.actor(context).name())))
                .sendTo(context);
    }

    private void reset(Context context) {
        AdminJson.reply(json(settings.reset(context.pathParam("key")))).sendTo(context);
    }

    private static ObjectNode json(Settings.Shown shown) {
        SettingValue value = shown.value();
        ObjectNode json = AdminJson.object()
                .put("key", shown.key())
                .put("value", value.value())
                .put("default", value.setting().plainDefault())
                .put("rule", value.setting().rule())
                .put("meaning", shown.meaning())
                .put("live", value.setting().live())
                .put("origin", AdminJson.name(value.origin()))
                .put("place", value.place());
        json.put("changed_by", shown.live().map(live -> live.by()).orElse(null));
        AdminJson.putTime(json, "changed", shown.live().map(live -> live.at()));
        return json;
    }
}
