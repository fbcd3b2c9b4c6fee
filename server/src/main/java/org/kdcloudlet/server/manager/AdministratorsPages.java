package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.kdcloudlet.server.account.Accounts;
import org.kdcloudlet.server.account.ApiTokens;
import org.kdcloudlet.server.account.Role;

/** {@code /administrators}: accounts, API tokens and sessions. */
final class AdministratorsPages {
    private static final String HERE = "/administrators";

    private final Accounts accounts;
    private final PageRenderer pages;

    AdministratorsPages(Accounts accounts, PageRenderer pages) {
        this.accounts = accounts;
        this.pages = pages;
    }

    List<AdminRoute> routes() {
        return Stream.of(
                        AdminRoute.get(HERE, context -> show(context, 200, Optional.empty())),
                        AdminRoute.post("/users", this::add),
                        AdminRoute.post("/users/{name}/edit", this::edit),
                        AdminRoute.post("/users/{name}/remove", this::remove),
                        AdminRoute.post("/tokens", this::createToken),
                        AdminRoute.post("/tokens/{id}/remove", this::revoke),
                        AdminRoute.post("/sessions/{id}/remove", this::end))
                .map(route -> route.needs(Role.ADMINISTRATOR))
                .toList();
    }

    private void show(Context context, int status, Optional<String> secret) {
        pages.page(
                context,
                status,
                "administrators",
                pages.frame(context, "Administrators", "administrators"),
                Map.of(
                        "administrators",
                        accounts.administrators().list(),
                        "tokens",
                        accounts.tokens().list(),
                        "sessions",
                        accounts.sessions().list(),
                        "secret",
                        secret));
    }

    private void add(Context context) {
        String name = Form.field(context, "name");
        AccessControl.concerns(context, name);
        accounts.administrators().add(name, role(context), Form.field(context, "password"));
        PageRenderer.seeOther(context, HERE + "?done=saved");
    }

    private void edit(Context context) {
        String name = context.pathParam("name");
        Form.optional(context, "password")
                .ifPresent(password -> accounts.administrators().setPassword(name, password));
        if (Form.optional(context, "role").isPresent()) {
            accounts.administrators().setRole(name, role(context));
        }
        PageRenderer.seeOther(context, HERE + "?done=saved");
    }

    private void remove(Context context) {
        accounts.administrators().remove(context.pathParam("name"));
        PageRenderer.seeOther(context, HERE + "?done=removed");
    }

    /** Answers with the page itself, the only one that has the secret. */
    private void createToken(Context context) {
        String name = Form.field(context, "name");
        AccessControl.concerns(context, name);
        ApiTokens.Created created =
                accounts.tokens().create(AccessControl.actor(context), name, role(context), days(context));
        show(context, 201, Optional.of(created.secret()));
    }

    private void revoke(Context context) {
        accounts.tokens().revoke(context.pathParam("id"));
        PageRenderer.seeOther(context, HERE + "?done=removed");
    }

    private void end(Context context) {
        accounts.sessions().end(context.pathParam("id"));
        PageRenderer.seeOther(context, HERE + "?done=ended");
    }

    private static Role role(Context context) {
        String text = Form.field(context, "role");
        return Stream.of(Role.values())
                .filter(role -> role.name().equals(text))
                .findFirst()
                .orElseThrow(() -> JsonBody.invalid("The role is viewer, operator or administrator."));
    }

    private static Duration days(Context context) {
        String text = Form.field(context, "days").strip();
        if (!text.matches("[0-9]{1,4}")) {
            throw JsonBody.invalid("Days are a whole number, 1 to 366.");
        }
        return Duration.ofDays(Integer.parseInt(text));
    }
}
