package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.kdcloudlet.server.account.Actor;
import org.kdcloudlet.server.account.Administrator;
import org.kdcloudlet.server.account.Administrators;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.error.Problems;

/** {@code /v1/users} and {@code /v1/password} */
final class UsersResource {
    private static final String ONE = "/v1/users/{name}";

    private final Administrators administrators;

    UsersResource(Administrators administrators) {
        this.administrators = administrators;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/v1/users", this::list).needs(Role.ADMINISTRATOR),
                AdminRoute.post("/v1/users", this::add).needs(Role.ADMINISTRATOR),
                AdminRoute.get(ONE, this::show).needs(Role.ADMINISTRATOR),
                AdminRoute.patch(ONE, this::edit).needs(Role.ADMINISTRATOR),
                AdminRoute.delete(ONE, this::remove).needs(Role.ADMINISTRATOR),
                AdminRoute.post("/v1/password", this::changeOwn)
                        .needs(Role.VIEWER)
                        .named("password.change"));
    }

    private void list(Context context) {
        AdminJson.reply(AdminJson.list("users", administrators.list(), UsersResource::json))
                .sendTo(context);
    }

    private void add(Context context) {
        Problems problems = new Problems();
        JsonFields fields = new JsonFields(JsonBody.of(context), "", problems);
        String name = required(fields, "name", problems);
        String password = required(fields, "password", problems);
        AtomicReference<Role> role = new AtomicReference<>(Role.VIEWER);
        fields.choice("role", Role.class, role::set);
        fields.refuseOthers();
        problems.throwIfAny();
        AccessControl.concerns(context, name);
        Administrator added = administrators.add(name, role.get(), password);
        AdminJson.reply(201, json(added))
                .with(Map.of("Location", "/v1/users/" + added.name()))
                .sendTo(context);
    }

    private void show(Context context) {
        AdminJson.reply(json(administrators.get(context.pathParam("name")))).sendTo(context);
    }

    private void edit(Context context) {
        String name = context.pathParam("name");
        Problems problems = new Problems();
        JsonFields fields = new JsonFields(JsonBody.of(context), "", problems);
        AtomicReference<Optional<Role>> role = new AtomicReference<>(Optional.empty());
        AtomicReference<Optional<String>> password = new AtomicReference<>(Optional.empty());
        fields.choice("role", Role.class, value -> role.set(Optional.of(value)));
        fields.text("password", value -> password.set(Optional.of(value)));
        fields.refuseOthers();
        problems.throwIfAny();
        // All or nothing: what may be refused comes first.
        password.get().ifPresent(Administrators::requireGood);
        role.get().ifPresent(value -> administrators.setRole(name, value));
        password.get().ifPresent(value -> administrators.setPassword(name, value));
        AdminJson.reply(json(administrators.get(name))).sendTo(context);
    }

    private void remove(Context context) {
        administrators.remove(context.pathParam("name"));
        AdminJson.reply(AdminJson.object()).sendTo(context);
    }

    private void changeOwn(Context context) {
        Problems problems = new Problems();
        JsonFields fields = new JsonFields(JsonBody.of(context), "", problems);
        String current = required(fields, "current", problems);
        String password = required(fields, "password", problems);
        fields.refuseOthers();
        problems.throwIfAny();
        Actor actor = AccessControl.actor(context);
        if (actor.session().isEmpty()) {
            throw new CloudletException(
                    ErrorCode.CONFLICT, "Only who is logged in has a password of its own; use /v1/users/{name}.");
        }
        administrators.changeOwnPassword(actor, current, password);
        AdminJson.reply(AdminJson.object()).sendTo(context);
    }

    static String required(JsonFields fields, String field, Problems problems) {
        AtomicReference<String> read = new AtomicReference<>("");
        problems.require(fields.has(field), field, "must be given");
        fields.text(field, read::set);
        return read.get();
    }

    private static ObjectNode json(Administrator administrator) {
        return AdminJson.object()
                .put("name", administrator.name())
                .put("role", AdminJson.name(administrator.role()))
                .put("created", AdminJson.time(administrator.created()))
                .put("password_changed", AdminJson.time(administrator.passwordChanged()));
    }
}
