package org.kdcloudlet.server.manager;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.kdcloudlet.server.account.Accounts;
import org.kdcloudlet.server.account.Actor;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.manager.console.Consoles;
import org.kdcloudlet.server.manager.console.Visitor;
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
    private final Accounts accounts;
    private final Consoles consoles;
    private final SerialConsoles serial;

    ConsolePages(AdminApi.Parts parts, PageRenderer pages, SessionCookie cookie) {
        this.instances = parts.instances();
        this.preparations = parts.preparations();
        this.pages = pages;
        this.cookie = cookie;
        this.accounts = parts.accounts();
        this.consoles = new Consoles(accounts);
        this.serial = new SerialConsoles(parts, cookie);
    }

    List<AdminRoute> routes() {
        return List.of(AdminRoute.get(PAGE, this::page));
    }

    /** Adds the WebSockets: those of the pages, and the serial ones of the admin REST API, which count among the same number. */
    void registerSockets(RoutesConfig config, SiteGuard guard, AccessControl access) {
        ConsoleSockets ofPages = new ConsoleSockets(config, guard::upgrade, access, consoles);
        ofPages.add(SOCKET, this::admit, "instances.console");
        ofPages.add(PREPARATION_SOCKET, this::admitToPreparation, "preparations.console");
        serial.register(new ConsoleSockets(config, guard::upgradeOfAnybody, access, consoles));
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
        if (!instances.get(id).state().isUp()) {
            throw new CloudletException(ErrorCode.CONFLICT, "The instance does not run; it has no screen.");
        }
        Consoles.admit(
                context::attribute,
                new Visitor(
                        id.toString(),
                        "instances.console",
                        Visitor.Kind.SCREEN,
                        () -> instances.openScreen(id),
                        () -> instances.attend(id),
                        actor,
                        standing(actor, secret)));
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
                new Visitor(
                        id,
                        "preparations.console",
                        Visitor.Kind.SCREEN,
                        () -> preparations.openScreen(id),
                        () -> preparations.attend(id),
                        actor,
                        standing(actor, secret)));
    }

    private Supplier<Optional<Role>> standing(Actor actor, String secret) {
        return () -> accounts.sessions().authenticate(secret, actor.address()).map(Actor::role);
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
