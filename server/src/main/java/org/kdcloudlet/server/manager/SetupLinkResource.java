package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.account.SetupLinks;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** {@code /v1/setup-link} */
final class SetupLinkResource {
    private final AdminApi.Parts parts;

    SetupLinkResource(AdminApi.Parts parts) {
        this.parts = parts;
    }

    List<AdminRoute> routes() {
        return List.of(AdminRoute.post("/v1/setup-link", this::create)
                .needs(Role.ADMINISTRATOR)
                .named("setup-link.create"));
    }

    private void create(Context context) {
        Optional<URI> manager = parts.status().get().manager();
        URI address = manager.orElseThrow(() -> new CloudletException(
                ErrorCode.CONFLICT,
                "The Manager has no port; start the server with a manager.port other than 0 first."));
        SetupLinks.SetupCode code = parts.accounts().setup().create();
        AdminJson.reply(
                        201,
                        AdminJson.object().put("url", link(address, code)).put("ends", AdminJson.time(code.ends())))
                .sendTo(context);
    }

    /** The code is behind the number sign, so that browsers send it to no server and log it nowhere but in their history. */
    static String link(URI manager, SetupLinks.SetupCode code) {
        return manager.resolve("/setup") + "#" + code.code();
    }
}
