package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.util.List;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.account.Session;
import org.kdcloudlet.server.account.Sessions;

/** {@code /v1/sessions} */
final class SessionsResource {
    private final Sessions sessions;

    SessionsResource(Sessions sessions) {
        this.sessions = sessions;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/v1/sessions", this::list).needs(Role.ADMINISTRATOR),
                AdminRoute.delete("/v1/sessions/{id}", this::end).needs(Role.ADMINISTRATOR));
    }

    private void list(Context context) {
        AdminJson.reply(AdminJson.list("sessions", sessions.list(), SessionsResource::json))
                .sendTo(context);
    }

    private void end(Context context) {
        sessions.end(context.pathParam("id"));
        AdminJson.reply(AdminJson.object()).sendTo(context);
    }

    private static ObjectNode json(Session session) {
        return AdminJson.object()
                .put("id", session.id())
                .put("user", session.administrator())
                .put("created", AdminJson.time(session.created()))
                .put("last_seen", AdminJson.time(session.lastSeen()))
                .put("ends", AdminJson.time(session.ends()))
                .put("address", session.address())
                .put("agent", session.agent());
    }
}
