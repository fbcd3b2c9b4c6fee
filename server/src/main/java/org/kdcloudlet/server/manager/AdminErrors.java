package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.BadRequestResponse;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.util.Locale;
import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EofException;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.web.Reply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns whatever a resource throws into a typed error. */
final class AdminErrors {
    private static final Logger log = LoggerFactory.getLogger(AdminErrors.class);

    private AdminErrors() {}

    static void register(RoutesConfig config) {
        config.exception(CloudletException.class, AdminErrors::expected);
        config.exception(HttpResponseException.class, AdminErrors::refused);
        config.exception(EofException.class, (left, context) -> refused(new BadRequestResponse(), context));
        config.exception(Exception.class, AdminErrors::unexpected);
    }

    static void expected(CloudletException failure, Context context) {
        reply(failure.code().status(), failure.code().name(), failure.getMessage(), failure.details())
                .sendTo(context);
    }

    static void refused(HttpResponseException refusal, Context context) {
        String methods = refusal.getDetails().get("availableMethods");
        refusal(refusal.getStatus())
                .with(methods == null ? Map.of() : Map.of("Allow", methods))
                .sendTo(context);
    }

    /** The error for what is refused by its HTTP status alone. */
    static Reply refusal(int status) {
        String reason = HttpStatus.getMessage(status);
        return reply(status, reason.toUpperCase(Locale.ROOT).replace(' ', '_'), reason, Map.of());
    }

    static void unexpected(Exception failure, Context context) {
        log.error("{} {} failed", context.method(), context.path(), failure);
        reply(500, ErrorCode.INTERNAL.name(), "A fault of the program; the server's log says more.", Map.of())
                .sendTo(context);
    }

    private static Reply reply(int status, String code, String message, Map<String, Object> details) {
        ObjectNode body = AdminJson.object();
        body.putObject("error").put("code", code).put("message", message).set("details", AdminJson.tree(details));
        Reply reply = AdminJson.reply(status, body);
        // RFC 9110, section 15.5.2: a 401 names a way to authenticate; this one is of RFC 6750.
        return status == ErrorCode.NOT_AUTHENTICATED.status()
                ? reply.with(Map.of("WWW-Authenticate", "Bearer"))
                : reply;
    }
}
