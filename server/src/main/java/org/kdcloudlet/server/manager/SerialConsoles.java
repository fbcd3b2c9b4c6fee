package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
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

/** {@code /v1/instances/{id}/console/serial}: the serial port of an instance, by a WebSocket. */
final class SerialConsoles {
    static final String SOCKET = "/v1/instances/{id}/console/serial";
    private static final String ACTION = "instances.console.serial";

    private final Instances instances;
    private final Accounts accounts;
    private final SessionCookie cookie;

    /** @param cookie where there are sessions */
    SerialConsoles(AdminApi.Parts parts, SessionCookie cookie) {
        this.instances = parts.instances();
        this.accounts = parts.accounts();
        this.cookie = cookie;
    }

    void register(ConsoleSockets sockets) {
        sockets.add(SOCKET, this::admit, ACTION);
    }

    private void admit(Context context) {
        Actor actor = AccessControl.actor(context);
        UUID id = InstancesResource.id(context);
        if (!instances.get(id).state().isUp()) {
            throw new CloudletException(ErrorCode.CONFLICT, "The instance does not run; it has no serial console.");
        }
        Consoles.admit(
                context::attribute,
                new Visitor(
                        id.toString(),
                        ACTION,
                        Visitor.Kind.SERIAL,
                        () -> instances.openSerialConsole(id),
                        () -> instances.attend(id),
                        actor,
                        standing(context, actor)));
    }

    /** Asks again what let this one in. */
    private Supplier<Optional<Role>> standing(Context context, Actor actor) {
        return switch (actor.via()) {
            case SESSION -> {
                String secret = cookie.read(context).orElseThrow();
                yield () -> accounts.sessions()
                        .authenticate(secret, actor.address())
                        .map(Actor::role);
            }
            case TOKEN -> {
                String secret = NetworkIdentification.token(context).orElseThrow();
                yield () ->
                        accounts.tokens().authenticate(secret, actor.address()).map(Actor::role);
            }
            case SOCKET, NONE -> () -> Optional.of(actor.role());
        };
    }
}
