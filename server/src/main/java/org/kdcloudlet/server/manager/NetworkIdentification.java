package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import org.kdcloudlet.server.account.Accounts;
import org.kdcloudlet.server.account.Actor;
import org.kdcloudlet.server.account.Sessions;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/**
 * Over TCP somebody is known by an API token in {@code Authorization: Bearer} (RFC 6750), or by the cookie of a session. A session
 * changes something only with the token that its pages have, in {@code X-CSRF-Token} or the form field {@code _csrf}: another
 * site's page has neither.
 */
final class NetworkIdentification implements Identification {
    static final String CSRF_HEADER = "X-CSRF-Token";
    static final String CSRF_FIELD = "_csrf";
    private static final String BEARER = "Bearer ";

    private final Accounts accounts;
    private final SessionCookie cookie;

    NetworkIdentification(Accounts accounts, SessionCookie cookie) {
        this.accounts = accounts;
        this.cookie = cookie;
    }

    @Override
    public Actor identify(Context context) {
        if (context.header("Authorization") != null) {
            return byToken(context);
        }
        String secret = cookie.read(context).orElseThrow(NetworkIdentification::nobody);
        return accounts.sessions().authenticate(secret, context.ip()).orElseThrow(NetworkIdentification::nobody);
    }

    @Override
    public void confirm(Context context, Actor actor) {
        if (actor.via() != Actor.Via.SESSION) {
            return;
        }
        String secret = cookie.read(context).orElseThrow(NetworkIdentification::nobody);
        if (!equal(Sessions.csrfToken(secret), csrfToken(context))) {
            throw new CloudletException(
                    ErrorCode.FORBIDDEN, "The request lacks the token of its session; load the page again.");
        }
    }

    /** The secret of the API token that a request has. */
    static Optional<String> token(Context context) {
        return Optional.ofNullable(context.header("Authorization"))
                .filter(text -> text.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                .map(text -> text.substring(BEARER.length()).strip());
    }

    private Actor byToken(Context context) {
        return token(context)
                .flatMap(secret -> accounts.tokens().authenticate(secret, context.ip()))
                .orElseThrow(() -> new CloudletException(
                        ErrorCode.NOT_AUTHENTICATED, "The API token is not known, or has expired."));
    }

    private static String csrfToken(Context context) {
        String header = context.header(CSRF_HEADER);
        if (header != null) {
            return header;
        }
        return Form.field(context, CSRF_FIELD);
    }

    private static boolean equal(String expected, String given) {
        return MessageDigest.isEqual(expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    private static CloudletException nobody() {
        return new CloudletException(
                ErrorCode.NOT_AUTHENTICATED, "Log in first, or send an API token in 'Authorization: Bearer'.");
    }
}
