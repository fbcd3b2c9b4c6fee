package org.kdcloudlet.server.manager;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;
import org.kdcloudlet.server.account.Actor;
import org.kdcloudlet.server.account.AuditLog;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/**
 * The one place where it is decided whether a request is answered, for pages and REST alike: who asks, whether this one has the role
 * that the route needs, and whether there is room. What changes something is on record in the audit log before it is begun.
 * Room is taken when all of a request is there: whoever sends one slowly has none of it.
 */
final class AccessControl {
    /** Files on their way in or out. Each has a thread as long as the other side likes, and no room of what else takes its time. */
    static final int MAX_FILES_OF_ONE = 12;

    private static final int MAX_FILES = 24;

    private static final String ACTOR = "actor";
    private static final String ENTRY = "audit-entry";
    private static final String REFUSAL = "refusal";

    private final Identification identification;
    private final AuditLog audit;
    private final SmallBodies bodies;
    private final Places waiting;
    private final Places files = new Places(MAX_FILES_OF_ONE, MAX_FILES, "files");

    /**
     * @param bodies reads those that are short
     * @param maxWaiting requests that may have to wait, at the same time
     */
    AccessControl(Identification identification, AuditLog audit, SmallBodies bodies, int maxWaiting) {
        this.identification = identification;
        this.audit = audit;
        this.bodies = bodies;
        this.waiting = new Places(maxWaiting, "requests that take their time");
    }

    /** Adds routes behind all checks. */
    void register(RoutesConfig config, List<AdminRoute> routes) {
        routes.forEach(route -> config.addEndpoint(new Endpoint(route.method(), route.path(), guarded(route))));
        Set<String> withHead = routes.stream()
                .filter(route -> route.method() == HandlerType.HEAD)
                .map(AdminRoute::path)
                .collect(Collectors.toSet());
        routes.stream()
                .filter(route -> route.method() == HandlerType.GET && !withHead.contains(route.path()))
                .forEach(route -> head(config, route.path(), guarded(route)));
    }

    /** Adds what is answered to everybody who looks. */
    static void registerOpen(RoutesConfig config, String path, Handler handler) {
        config.addEndpoint(new Endpoint(HandlerType.GET, path, handler));
        head(config, path, handler);
    }

    /** Has HEAD answered as GET is, but for the body (RFC 9110, section 9.3.2); Javalin would say 200 to everybody wherever there is a GET. */
    private static void head(RoutesConfig config, String path, Handler handler) {
        config.addEndpoint(new Endpoint(HandlerType.HEAD, path, handler));
    }

    /** The handler of a route behind all checks. */
    Handler guarded(AdminRoute route) {
        return context -> {
            Actor actor = identification.identify(context);
            context.attribute(ACTOR, actor);
            checkRole(route, context, actor);
            if (route.changes()) {
                if (!route.streams()) {
                    bodies.read(context, actor);
                }
                identification.confirm(context, actor);
            }
            if (!route.waits()) {
                handle(route, context, actor);
                return;
            }
            if (route.streams()) {
                files.enter(actor);
                // An answer may be sent after its handler is done.
                Request.addCompletionListener(
                        ServletContextRequest.getServletContextRequest(context.req()), failure -> files.leave(actor));
                handle(route, context, actor);
                return;
            }
            waiting.enter(actor);
            try {
                handle(route, context, actor);
            } finally {
                waiting.leave(actor);
            }
        };
    }

    private void checkRole(AdminRoute route, Context context, Actor actor) {
        if (!actor.role().includes(route.role())) {
            if (route.changes()) {
                audit.record(actor, route.action(), target(context), ErrorCode.FORBIDDEN.name());
            }
            throw new CloudletException(
                    ErrorCode.FORBIDDEN,
                    "This needs the role " + route.role().name().toLowerCase(Locale.ROOT) + "; you are "
                            + actor.role().name().toLowerCase(Locale.ROOT) + ".");
        }
    }

    private void handle(AdminRoute route, Context context, Actor actor) throws Exception {
        if (route.changes()) {
            change(route, context, actor);
        } else {
            route.handler().handle(context);
        }
    }

    private void change(AdminRoute route, Context context, Actor actor) throws Exception {
        AuditLog.Entry entry = audit.begin(actor, route.action(), target(context));
        context.attribute(ENTRY, entry);
        String outcome = ErrorCode.INTERNAL.name();
        try {
            route.handler().handle(context);
            outcome = Optional.<ErrorCode>ofNullable(context.attribute(REFUSAL))
                    .map(ErrorCode::name)
                    .orElse(AuditLog.DONE);
        } catch (CloudletException refusal) {
            outcome = refusal.code().name();
            throw refusal;
        } finally {
            entry.end(outcome);
        }
    }

    private static String target(Context context) {
        return String.join("/", context.pathParamMap().values());
    }

    /** Who asks; only where a route is answered. */
    static Actor actor(Context context) {
        return Optional.<Actor>ofNullable(context.attribute(ACTOR)).orElseThrow();
    }

    /** Who asks, if that is known yet. */
    static Optional<Actor> known(Context context) {
        return Optional.ofNullable(context.attribute(ACTOR));
    }

    /** Notes for the audit log that a request was refused by a handler that explains it itself, as pages do. */
    static void refused(Context context, CloudletException refusal) {
        context.attribute(REFUSAL, refusal.code());
    }

    /** Names in the audit log what a request is about, where its path does not. */
    static void concerns(Context context, String target) {
        Optional.<AuditLog.Entry>ofNullable(context.attribute(ENTRY)).ifPresent(entry -> entry.target(target));
    }
}
