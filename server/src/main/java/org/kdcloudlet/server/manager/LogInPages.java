package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.server.account.Accounts;
import org.kdcloudlet.server.account.Actor;
import org.kdcloudlet.server.account.AuditLog;
import org.kdcloudlet.server.account.Browser;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.account.Sessions;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** The pages by which somebody gets in and out: set-up, log-in, log-out, and the own password. */
final class LogInPages {
    private final Accounts accounts;
    private final SessionCookie cookie;
    private final PageRenderer pages;

    LogInPages(Accounts accounts, SessionCookie cookie, PageRenderer pages) {
        this.accounts = accounts;
        this.cookie = cookie;
        this.pages = pages;
    }

    /** Those for who is logged in. */
    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.post("/log-out", this::logOut).needs(Role.VIEWER).named("log-out"),
                AdminRoute.get("/password", context -> password(context, 200, Optional.empty())),
                AdminRoute.post("/password", this::changePassword)
                        .needs(Role.VIEWER)
                        .named("password.change"));
    }

    void showLogIn(Context context) {
        logInPage(
                context, 200, "", ReturnAddress.of(Optional.ofNullable(context.queryParam("next"))), Optional.empty());
    }

    void logIn(Context context) {
        String name = Form.field(context, "name");
        ReturnAddress next = ReturnAddress.of(Optional.of(Form.field(context, "next")));
        try {
            Sessions.LogIn begun = accounts.sessions().logIn(name, Form.field(context, "password"), browser(context));
            begin(context, begun, "log-in", next);
        } catch (CloudletException refusal) {
            if (refusal.code() == ErrorCode.LOGIN_REFUSED) {
                boolean known = accounts.administrators().list().stream()
                        .anyMatch(administrator -> administrator.name().equals(name));
                // A name that is none may be a password in the wrong field.
                recordRefusal(context, "log-in", known ? name : "an unknown name");
            }
            tellWhen(context, refusal);
            logInPage(context, refusal.code().status(), name, next, Optional.of(refusal.getMessage()));
        }
    }

    private void logInPage(Context context, int status, String name, ReturnAddress next, Optional<String> problem) {
        boolean anybody = !accounts.administrators().list().isEmpty();
        pages.page(
                context,
                status,
                "login",
                pages.frame(context, "Log in", ""),
                Map.of("problem", problem, "anybody", anybody, "name", name, "next", next.path()));
    }

    void showSetup(Context context) {
        setupPage(context, 200, "", "", Optional.empty());
    }

    void setup(Context context) {
        String code = Form.field(context, "code").strip();
        String name = Form.field(context, "name");
        try {
            Sessions.LogIn begun = accounts.setup().use(code, name, Form.field(context, "password"), browser(context));
            begin(context, begun, "setup", ReturnAddress.START);
        } catch (CloudletException refusal) {
            if (refusal.code() == ErrorCode.LOGIN_REFUSED) {
                recordRefusal(context, "setup", "");
            }
            tellWhen(context, refusal);
            setupPage(context, refusal.code().status(), code, name, Optional.of(refusal.getMessage()));
        }
    }

    private void setupPage(Context context, int status, String code, String name, Optional<String> problem) {
        pages.page(
                context,
                status,
                "setup",
                pages.frame(context, "Set up", ""),
                Map.of("problem", problem, "code", code, "name", name));
    }

    private void begin(Context context, Sessions.LogIn begun, String action, ReturnAddress next) {
        String name = begun.session().administrator();
        Actor actor = accounts.sessions()
                .authenticate(begun.secret(), context.ip())
                .orElseGet(() -> Actor.unknown(context.ip()));
        accounts.audit().record(actor, action, name, AuditLog.DONE);
        cookie.set(context, begun.secret());
        cookie.setMark(context, begun.mark());
        PageRenderer.seeOther(context, next.path());
    }

    private void recordRefusal(Context context, String action, String target) {
        accounts.audit().record(Actor.unknown(context.ip()), action, target, ErrorCode.LOGIN_REFUSED.name());
    }

    private void logOut(Context context) {
        AccessControl.actor(context).session().ifPresent(session -> {
            AccessControl.concerns(context, session);
            accounts.sessions().end(session);
        });
        cookie.remove(context);
        PageRenderer.seeOther(context, "/log-in");
    }

    private void changePassword(Context context) {
        try {
            String mark = accounts.administrators()
                    .changeOwnPassword(
                            AccessControl.actor(context),
                            Form.field(context, "current"),
                            Form.field(context, "password"));
            cookie.setMark(context, mark);
            PageRenderer.seeOther(context, "/?done=password");
        } catch (CloudletException refusal) {
            AccessControl.refused(context, refusal);
            tellWhen(context, refusal);
            password(context, refusal.code().status(), Optional.of(refusal.getMessage()));
        }
    }

    private void password(Context context, int status, Optional<String> problem) {
        pages.page(
                context,
                status,
                "password",
                pages.frame(context, "Change your password", ""),
                Map.of("problem", problem));
    }

    private static void tellWhen(Context context, CloudletException refusal) {
        Optional.ofNullable(refusal.details().get("retry_after_seconds"))
                .ifPresent(seconds -> context.header("Retry-After", seconds.toString()));
    }

    private Browser browser(Context context) {
        return new Browser(
                context.ip(),
                Optional.ofNullable(context.userAgent()).orElse(""),
                cookie.read(context),
                cookie.readMark(context));
    }
}
