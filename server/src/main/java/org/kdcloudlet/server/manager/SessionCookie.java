package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.SameSite;
import java.util.Optional;

/**
 * The cookie with the secret of a session: not readable by scripts, not sent from other sites, and under TLS bound to this host
 * (RFC 6265bis, section 4.1.3.2).
 */
final class SessionCookie {
    private static final String NAME = "cloudlet_session";

    private final boolean secure;

    /** @param secure whether pages come over TLS */
    SessionCookie(boolean secure) {
        this.secure = secure;
    }

    private String name() {
        return secure ? "__Host-" + NAME : NAME;
    }

    Optional<String> read(Context context) {
        return Optional.ofNullable(context.cookie(name())).filter(secret -> !secret.isEmpty());
    }

    void set(Context context, String secret) {
        context.cookie(new Cookie(name(), secret, "/", -1, secure, true, null, SameSite.STRICT));
    }

    void remove(Context context) {
        context.cookie(new Cookie(name(), "", "/", 0, secure, true, null, SameSite.STRICT));
    }
}
