package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.app.App;
import org.kdcloudlet.server.app.AppMetadata;
import org.kdcloudlet.server.app.Apps;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.manager.page.Frame;
import org.kdcloudlet.server.manager.page.RowChange;
import org.kdcloudlet.server.manager.page.ServiceForm;

/** {@code /apps}: what devices can download. Packages are uploaded to {@code /v1/apps} by a script, which shows how far that is. */
final class AppsPages {
    private static final String ONE = "/apps/{id}";

    private final Apps apps;
    private final PageRenderer pages;
    private final RowChanges<App> changes =
            new RowChanges<>(App::id, app -> List.of(app.details(), app.content(), app.metadata()));

    AppsPages(Apps apps, PageRenderer pages) {
        this.apps = apps;
        this.pages = pages;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/apps", this::list),
                AdminRoute.get("/apps/changes", this::changes),
                AdminRoute.get(ONE, context -> show(context, 200, form(app(context)))),
                AdminRoute.post(ONE + "/edit", this::edit),
                AdminRoute.get(ONE + "/remove", this::askRemove).needs(Role.OPERATOR),
                AdminRoute.post(ONE + "/remove", this::remove));
    }

    private Frame frame(Context context, String title) {
        return pages.frame(context, title, "apps");
    }

    private void list(Context context) {
        pages.page(
                context,
                "apps",
                frame(context, "Apps"),
                Map.of("table", pages.part("appsTable", table(context, apps.list()))));
    }

    private Map<String, Object> table(Context context, List<App> shown) {
        return Map.of("frame", frame(context, "Apps"), "apps", shown, "state", changes.state(shown));
    }

    /** The rows that changed; the whole table when one was added, which has its place by its package, or nothing is known of the page. */
    private void changes(Context context) {
        List<App> shown = apps.list();
        String state = Optional.ofNullable(context.queryParam("state")).orElse("");
        Optional<RowChange<App>> change =
                changes.since(state, shown).filter(known -> known.added().isEmpty());
        if (change.isPresent()) {
            pages.fragment(context, "appsChanges", Map.of("change", change.get()));
        } else {
            pages.whole(context, "#apps", "appsTable", table(context, shown));
        }
    }

    private void show(Context context, int status, ServiceForm form) {
        App app = app(context);
        pages.page(
                context, status, "app", frame(context, app.details().packageName()), Map.of("app", app, "form", form));
    }

    private static ServiceForm form(App app) {
        AppMetadata metadata = app.metadata();
        return new ServiceForm(
                Map.of(
                        "service_id",
                        metadata.serviceId().orElse(""),
                        "description",
                        metadata.description(),
                        "tags",
                        String.join(", ", metadata.tags())),
                List.of());
    }

    private void edit(Context context) {
        App before = app(context);
        String service = Form.field(context, "service_id").strip();
        String description = Form.field(context, "description");
        String tags = Form.field(context, "tags");
        try {
            App edited = apps.edit(
                    before.id(),
                    new AppMetadata(
                            Optional.of(service).filter(text -> !text.isEmpty()),
                            description,
                            ServiceForms.split(tags, ",")));
            PageRenderer.seeOther(context, "/apps/" + edited.id() + "?done=saved");
        } catch (CloudletException refusal) {
            AccessControl.refused(context, refusal);
            show(
                    context,
                    refusal.code().status(),
                    new ServiceForm(
                            Map.of("service_id", service, "description", description, "tags", tags),
                            ServiceForms.problems(refusal)));
        }
    }

    private void askRemove(Context context) {
        App app = app(context);
        pages.page(
                context, "appRemove", frame(context, "Delete " + app.details().packageName()), Map.of("app", app));
    }

    private void remove(Context context) {
        apps.remove(app(context).id());
        PageRenderer.seeOther(context, "/apps?done=removed");
    }

    private App app(Context context) {
        return apps.get(context.pathParam("id"));
    }
}
