package org.kdcloudlet.server.manager;

import io.javalin.config.RoutesConfig;
import io.javalin.http.BadRequestResponse;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EofException;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns whatever is thrown into a typed error for programs, and into a page for people. */
final class PageErrors {
    private static final Logger log = LoggerFactory.getLogger(PageErrors.class);

    private final PageRenderer pages;

    PageErrors(PageRenderer pages) {
        this.pages = pages;
    }

    void register(RoutesConfig config) {
        config.exception(CloudletException.class, this::expected);
        config.exception(HttpResponseException.class, this::refused);
        // Whoever sent the request has left in the middle of it: no fault, and nobody to be told.
        config.exception(EofException.class, (left, context) -> refused(new BadRequestResponse(), context));
        config.exception(Exception.class, this::unexpected);
    }

    private static boolean isForPrograms(Context context) {
        return context.path().startsWith("/v1/") || context.path().matches("/(healthz|readyz|metrics)");
    }

    private void expected(CloudletException failure, Context context) {
        boolean looks = (context.method() == HandlerType.GET || context.method() == HandlerType.HEAD)
                && context.header("HX-Request") == null;
        if (isForPrograms(context)) {
            AdminErrors.expected(failure, context);
        } else if (failure.code() == ErrorCode.NOT_AUTHENTICATED && looks) {
            PageRenderer.seeOther(
                    context, "/log-in" + ReturnAddress.ofRequest(context).query());
        } else {
            page(context, failure.code().status(), failure.getMessage());
        }
    }

    private void refused(HttpResponseException refusal, Context context) {
        if (isForPrograms(context)) {
            AdminErrors.refused(refusal, context);
        } else {
            page(context, refusal.getStatus(), HttpStatus.getMessage(refusal.getStatus()));
        }
    }

    private void unexpected(Exception failure, Context context) {
        if (isForPrograms(context)) {
            AdminErrors.unexpected(failure, context);
        } else {
            log.error("{} {} failed", context.method(), context.path(), failure);
            page(context, ErrorCode.INTERNAL.status(), "A fault of the program; the server's log says more.");
        }
    }

    private void page(Context context, int status, String message) {
        pages.page(context, status, "error", pages.frame(context, "Error", ""), Map.of("message", message));
    }
}
