package org.kdcloudlet.server.manager;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import io.javalin.websocket.WsHandlerType;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.kdcloudlet.server.account.Actor;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.instance.InstanceState;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.manager.console.Consoles;
import org.kdcloudlet.server.preparation.Preparations;

/** {@code /instances/{id}/console} and the consoles of preparations: screen and keyboard of a machine, by noVNC in the page and a WebSocket to here. */
final class ConsolePages implements AutoCloseable {
    private static final String PAGE = "/instances/{id}/console";
    private static final String SOCKET = PAGE + "/socket";
    private static final String PREPARATION_SOCKET = PreparationPages.PAGE + "/console/socket";

    private final Instances instances;
    private final Preparations preparations;
    private final PageRenderer pages;
    private final SessionCookie cookie;
    private final Consoles consoles;

    ConsolePages(AdminApi.Parts parts, PageRenderer pages, SessionCookie cookie) {
        this.instances = parts.instances();
        this.preparations = parts.preparations();
        this.pages = pages;
        this.cookie = cookie;
        this.consoles = new Consoles(parts.accounts());
    }

    List<AdminRoute> routes() {
        return List.of(AdminRoute.get(PAGE, this::page));
    }

    /** Adds the WebSockets; whether one is opened is decided where it is for all requests. */
    void registerSockets(RoutesConfig config, SiteGuard guard, AccessControl access) {
        register(config, guard, access, socket(SOCKET, this::admit, "instances.console"));
        register(config, guard, access, socket(PREPARATION_SOCKET, this::admitToPreparation, "preparations.console"));
    }

    private static AdminRoute socket(String path, Handler admit, String action) {
        return new AdminRoute(HandlerType.GET, path, admit, false, false, Role.VIEWER, action);
    }

    private void register(RoutesConfig config, SiteGuard guard, AccessControl access, AdminRoute route) {
        config.addEndpoint(new Endpoint(HandlerType.WEBSOCKET_BEFORE_UPGRADE, route.path(), context -> {
            try {
                guard.upgrade(context);
                access.guarded(route).handle(context);
            } catch (CloudletException e) {
                refuse(context, e);
            }
        }));
        config.addWsHandler(WsHandlerType.WEBSOCKET, route.path(), consoles::configure);
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

    private void page(Context context) {
        UUID id = InstancesResource.id(context);
        instances.get(id);
        pages.page(
                context, "instanceConsole", pages.frame(context, "Console", "instances"), Map.of("id", id.toString()));
    }

    private void admit(Context context) {
        Actor actor = AccessControl.actor(context);
        String secret = secret(context, actor);
        UUID id = InstancesResource.id(context);
        InstanceState state = instances.get(id).state();
        if (state != InstanceState.READY && state != InstanceState.PAUSED) {
            throw new CloudletException(ErrorCode.CONFLICT, "The instance does not run; it has no screen.");
        }
        Consoles.admit(
                context::attribute,
                new Consoles.Visitor(
                        id.toString(), "instances.console", () -> instances.openScreen(id), actor, secret));
    }

    private void admitToPreparation(Context context) {
        Actor actor = AccessControl.actor(context);
        String secret = secret(context, actor);
        String id = context.pathParam("service_id");
        if (!preparations.get(id).live()) {
            throw new CloudletException(ErrorCode.CONFLICT, "The preparation does not run; it has no screen.");
        }
        Consoles.admit(
                context::attribute,
                new Consoles.Visitor(id, "preparations.console", () -> preparations.openScreen(id), actor, secret));
    }

    private String secret(Context context, Actor actor) {
        return cookie.read(context)
                .filter(present -> actor.via() == Actor.Via.SESSION)
                .orElseThrow(() -> new CloudletException(
                        ErrorCode.FORBIDDEN, "A console needs a session; an API token does not open it."));
    }

    @Override
    public void close() {
        consoles.close();
    }
}
