package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.kdcloudlet.server.account.ApiToken;
import org.kdcloudlet.server.account.ApiTokens;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.error.Problems;

/** {@code /v1/tokens} */
final class TokensResource {
    /** Days for which a token is good when nothing else is said. */
    static final int USUAL_DAYS = 90;

    private final ApiTokens tokens;

    TokensResource(ApiTokens tokens) {
        this.tokens = tokens;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/v1/tokens", this::list).needs(Role.ADMINISTRATOR),
                AdminRoute.post("/v1/tokens", this::create).needs(Role.ADMINISTRATOR),
                AdminRoute.delete("/v1/tokens/{id}", this::revoke).needs(Role.ADMINISTRATOR));
    }

    private void list(Context context) {
        AdminJson.reply(AdminJson.list("tokens", tokens.list(), TokensResource::json))
                .sendTo(context);
    }

    /** The only answer that has the secret. */
    private void create(Context context) {
        Problems problems = new Problems();
        JsonFields fields = new JsonFields(JsonBody.of(context), "", problems);
        String name = UsersResource.required(fields, "name", problems);
        AtomicReference<Role> role = new AtomicReference<>(Role.VIEWER);
        AtomicInteger days = new AtomicInteger(USUAL_DAYS);
        fields.choice("role", Role.class, role::set);
        fields.number("days", days::set);
        fields.refuseOthers();
        problems.throwIfAny();
        AccessControl.concerns(context, name);
        ApiTokens.Created created =
                tokens.create(AccessControl.actor(context), name, role.get(), Duration.ofDays(days.get()));
        AdminJson.reply(201, json(created.token()).put("secret", created.secret()))
                .sendTo(context);
    }

    private void revoke(Context context) {
        tokens.revoke(context.pathParam("id"));
        AdminJson.reply(AdminJson.object()).sendTo(context);
    }

    private static ObjectNode json(ApiToken token) {
        ObjectNode json = AdminJson.object()
                .put("id", token.id())
                .put("name", token.name())
                .put("owner", token.owner().orElse(null))
                .put("role", AdminJson.name(token.role()))
                .put("created", AdminJson.time(token.created()))
                .put("ends", AdminJson.time(token.ends()));
        AdminJson.putTime(json, "last_used", token.lastUsed());
        return json;
    }
}
