package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import java.util.Set;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.web.HostNames;

/**
 * Keeps other web sites out: a request must address this cloudlet by a name of its own, and must not come from a page of another
 * site, unless somebody follows a link to here. Tells browsers to be as strict with what is answered.
 */
final class SiteGuard implements Handler {
    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
            + " img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    private static final Set<String> OWN_SITE = Set.of("same-origin", "none");
    private static final String TWO_YEARS = "max-age=63072000";

    private final HostNames names;
    private final boolean secure;

    /** @param secure whether requests come over TLS */
    SiteGuard(HostNames names, boolean secure) {
        this.names = names;
        this.secure = secure;
    }

    @Override
    public void handle(Context context) {
        context.header("Content-Security-Policy", CONTENT_SECURITY_POLICY);
        context.header("X-Frame-Options", "DENY");
        context.header("X-Content-Type-Options", "nosniff");
        // Not "no-referrer": with that, browsers send no usable Origin with forms.
        context.header("Referrer-Policy", "same-origin");
        context.header("Cross-Origin-Opener-Policy", "same-origin");
        context.header("Cross-Origin-Resource-Policy", "same-origin");
        if (secure) {
            context.header("Strict-Transport-Security", TWO_YEARS);
        }
        if (!names.isOwn(context.req().getServerName())) {
            throw new CloudletException(ErrorCode.FORBIDDEN, "The Host header does not name this cloudlet.");
        }
        if (isForeign(context)) {
            throw new CloudletException(ErrorCode.FORBIDDEN, "Requests from other web sites are refused.");
        }
    }

    /**
     * Checks the handshake of a WebSocket too: browsers let pages of any site begin one, and say of which in {@code Origin}, which so
     * must be there (RFC 6455, section 10.2).
     */
    void upgrade(Context context) {
        handle(context);
        if (!own(context).equalsIgnoreCase(context.header("Origin"))) {
            throw new CloudletException(ErrorCode.FORBIDDEN, "WebSockets are for the pages of this cloudlet.");
        }
    }

    /** The same for those who are no pages too: what has an {@code Authorization} is not sent by a browser (RFC 6455, section 10.1). */
    void upgradeOfAnybody(Context context) {
        if (context.header("Authorization") == null) {
            upgrade(context);
        } else {
            handle(context);
        }
    }

    private String own(Context context) {
        return (secure ? "https://" : "http://") + context.header("Host");
    }

    private boolean isForeign(Context context) {
        boolean looks = context.method() == HandlerType.GET || context.method() == HandlerType.HEAD;
        String site = context.header("Sec-Fetch-Site");
        if (site != null && !OWN_SITE.contains(site)) {
            return !(looks && "navigate".equals(context.header("Sec-Fetch-Mode")));
        }
        String origin = context.header("Origin");
        return origin != null && !origin.equalsIgnoreCase(own(context));
    }
}
