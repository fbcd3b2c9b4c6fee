package org.kdcloudlet.server.account;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/**
 * Browsers that are logged in. A session is known by a secret of which only the digest is kept; it ends when it was idle or has
 * lived for too long, when it is ended, and when its administrator is removed or gets another password. Safe for use by many threads.
 */
public final class Sessions {
    private static final int LONGEST_AGENT = 200;
    private static final int LONGEST_SECRET = 100;
    private static final Duration SEEN_PRECISION = Duration.ofMinutes(1);

    private final SessionRepository repository;
    private final Administrators administrators;
    private final Supplier<AccountSettings> settings;
    private final Secrets secrets;
    private final Clock clock;

    /**
     * A session that was just begun.
     *
     * @param secret that opens it
     * @param mark by which the browser is known at the next log-in, so that failures elsewhere do not keep it out
     */
    public record LogIn(Session session, String secret, String mark) {}

    Sessions(
            SessionRepository repository,
            Administrators administrators,
            Supplier<AccountSettings> settings,
            Secrets secrets,
            Clock clock) {
        this.repository = repository;
        this.administrators = administrators;
        this.settings = settings;
        this.secrets = secrets;
        this.clock = clock;
    }

    /**
     * Begins a session with a new secret.
     *
     * @param browser that it comes from; the session that it had so far ends
     * @throws CloudletException LOGIN_REFUSED; TOO_MANY_ATTEMPTS
     */
    public LogIn logIn(String name, String password, Browser browser) {
        return begin(administrators.verify(name, password, browser), browser);
    }

    /** Begins a session for one whose identity was proven otherwise. */
    LogIn begin(Administrator administrator, Browser browser) {
        Instant now = clock.instant();
        Session session = new Session(
                secrets.id(),
                administrator.name(),
                now,
                now,
                now.plus(settings.get().sessionLifetime()),
                browser.address(),
                browser.agent().substring(0, Math.min(browser.agent().length(), LONGEST_AGENT)));
        String secret = secrets.secret();
        repository.add(
                session,
                Secrets.digest(secret),
                browser.session().map(Secrets::digest),
                now.minus(settings.get().sessionIdle()));
        return new LogIn(session, secret, administrators.markOf(administrator));
    }

    /** Who is logged in with this secret; any text may be asked for. */
    public Optional<Actor> authenticate(String secret, String address) {
        if (secret.length() > LONGEST_SECRET) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        Optional<SessionRepository.Found> found = repository
                .find(Secrets.digest(secret))
                .filter(known -> known.session().ends().isAfter(now))
                .filter(known -> known.session()
                        .lastSeen()
                        .plus(settings.get().sessionIdle())
                        .isAfter(now));
        found.filter(known -> known.session().lastSeen().plus(SEEN_PRECISION).isBefore(now))
                .ifPresent(known -> SpareRecord.write(
                        "when a session was last seen",
                        () -> repository.seen(known.session().id(), now)));
        return found.map(known -> new Actor(
                known.session().administrator(),
                known.role(),
                Actor.Via.SESSION,
                address,
                Optional.of(known.session().id()),
                Optional.of(known.session().administrator())));
    }

    /** What a page of the session has to send with each change, against forged requests; it does not tell the secret. */
    public static String csrfToken(String secret) {
        return Secrets.digest("csrf " + secret);
    }

    /** Those that are open, the latest log-in first. */
    public List<Session> list() {
        Instant now = clock.instant();
        return repository.list(now, now.minus(settings.get().sessionIdle()));
    }

    /**
     * @throws CloudletException SESSION_UNKNOWN
     */
    public void end(String id) {
        if (!repository.end(id)) {
            throw new CloudletException(ErrorCode.SESSION_UNKNOWN, "There is no such session; it may have ended.");
        }
    }
}
