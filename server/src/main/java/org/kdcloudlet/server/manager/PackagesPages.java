package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.catalog.Packages;
import org.kdcloudlet.server.manager.page.Frame;
import org.kdcloudlet.server.operation.Operation;

/** {@code /packages}: services from files. Uploads go to {@code /v1/packages} by a script, which shows how far that is. */
final class PackagesPages {
    private final Packages packages;
    private final PageRenderer pages;

    PackagesPages(AdminApi.Parts parts, PageRenderer pages) {
        this.packages = parts.packages();
        this.pages = pages;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/packages", this::show).needs(Role.OPERATOR),
                AdminRoute.post("/packages/import", this::importFromFolder));
    }

    private void show(Context context) {
        Frame frame = pages.frame(context, "Import a service", "services");
        pages.page(context, "packages", frame, Map.of("candidates", packages.candidates()));
    }

    private void importFromFolder(Context context) {
        String name = Form.field(context, "name");
        AccessControl.concerns(context, name);
        Operation begun = packages.importFromFolder(name);
        PageRenderer.seeOther(context, "/operations/" + begun.id());
    }
}
