package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.SameSite;
import java.util.Optional;
import org.kdcloudlet.server.account.Browser;

/**
 * The cookies with the secret of a session, and with the mark of a browser in which somebody logged in before: not readable by scripts, not sent from other sites, and under TLS bound to this host
 * (RFC 6265bis, section 4.1.3.2).
 */
final class SessionCookie {
    private static final String SESSION = "cloudlet_session";
    private static final String MARK = "cloudlet_browser";
    private static final int UNTIL_THE_BROWSER_ENDS = -1;

    private final boolean secure;

    /** @param secure whether pages come over TLS */
    SessionCookie(boolean secure) {
        this.secure = secure;
    }

    private String name(String name) {
        return secure ? "__Host-" + name : name;
    }

    Optional<String> read(Context context) {
        return read(context, SESSION);
    }

    Optional<String> readMark(Context context) {
        return read(context, MARK);
    }

    private Optional<String> read(Context context, String name) {
        return Optional.ofNullable(context.cookie(name(name))).filter(value -> !value.isEmpty());
    }

    void set(Context context, String secret) {
        set(context, SESSION, secret, UNTIL_THE_BROWSER_ENDS);
    }

    void setMark(Context context, String mark) {
        set(context, MARK, mark, (int) Browser.KNOWN_FOR.toSeconds());
    }

    /** Removes that of the session; a browser stays known. */
    void remove(Context context) {
        set(context, SESSION, "", 0);
    }

    private void set(Context context, String name, String value, int maxAgeSeconds) {
        context.cookie(new Cookie(name(name), value, "/", maxAgeSeconds, secure, true, null, SameSite.STRICT));
    }
}
