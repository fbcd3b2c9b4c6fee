package org.kdcloudlet.server.manager;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import io.javalin.websocket.WsHandlerType;
import java.io.IOException;
import java.io.InputStream;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.manager.console.Consoles;

/** Adds WebSockets that lead to machines; whether one is opened is decided where it is for all requests. */
final class ConsoleSockets {
    private final RoutesConfig config;
    private final Handler guard;
    private final AccessControl access;
    private final Consoles consoles;

    /** @param guard refuses a handshake for where it comes from, before it is asked from whom */
    ConsoleSockets(RoutesConfig config, Handler guard, AccessControl access, Consoles consoles) {
        this.config = config;
        this.guard = guard;
        this.access = access;
        this.consoles = consoles;
    }

    /**
     * Adds one, which a viewer may open.
     *
     * @param admit notes who comes, or refuses
     * @param action what the audit log calls it
     */
    void add(String path, Handler admit, String action) {
        AdminRoute route = new AdminRoute(HandlerType.GET, path, admit, false, false, Role.VIEWER, action);
        config.addEndpoint(new Endpoint(HandlerType.WEBSOCKET_BEFORE_UPGRADE, path, context -> {
            try {
                guard.handle(context);
                access.guarded(route).handle(context);
            } catch (CloudletException e) {
                refuse(context, e);
            }
        }));
        config.addWsHandler(WsHandlerType.WEBSOCKET, path, consoles::configure);
    }

    /** Answers in place of the upgrade; before that, Javalin writes no body by itself. */
    private static void refuse(Context context, CloudletException refusal) throws IOException {
        context.skipRemainingHandlers();
        AdminErrors.expected(refusal, context);
        InputStream body = context.resultInputStream();
        if (body != null) {
            body.transferTo(context.res().getOutputStream());
        }
    }
}
