package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.setting.Settings;

/** {@code /settings}: what is configured, where it comes from, and forms for what may be changed while the server runs. */
final class SettingsPages {
    private static final String HERE = "/settings";

    private final Settings settings;
    private final PageRenderer pages;

    SettingsPages(Settings settings, PageRenderer pages) {
        this.settings = settings;
        this.pages = pages;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get(HERE, context -> show(context, 200, "", Optional.empty()))
                        .needs(Role.OPERATOR),
                AdminRoute.post(HERE + "/{key}", this::change)
                        .needs(Role.ADMINISTRATOR)
                        .named("settings.edit"),
                AdminRoute.post(HERE + "/{key}/reset", this::reset).needs(Role.ADMINISTRATOR));
    }

    /**
     * @param typed what was typed for the setting that is refused
     */
    private void show(Context context, int status, String typed, Optional<CloudletException> refusal) {
        Map<String, List<Settings.Shown>> sections = settings.list().stream()
                .collect(Collectors.groupingBy(
                        shown -> shown.value().setting().section(), LinkedHashMap::new, Collectors.toList()));
        pages.page(
                context,
                status,
                "settings",
                pages.frame(context, "Settings", "settings"),
                Map.of(
                        "sections",
                        sections,
                        "refused",
                        refusal.isPresent() ? context.pathParam("key") : "",
                        "typed",
                        typed,
                        "problem",
                        refusal.map(Throwable::getMessage).orElse("")));
    }

    private void change(Context context) {
        String typed = Form.field(context, "value");
        try {
            settings.change(
                    context.pathParam("key"),
                    typed,
                    AccessControl.actor(context).name());
            changed(context);
        } catch (CloudletException refusal) {
            AccessControl.refused(context, refusal);
            show(context, refusal.code().status(), typed, Optional.of(refusal));
        }
    }

    private void reset(Context context) {
        settings.reset(context.pathParam("key"));
        changed(context);
    }

    /** Back to where one was on a long page. */
    private static void changed(Context context) {
        PageRenderer.seeOther(context, HERE + "?done=saved#" + context.pathParam("key"));
    }
}
