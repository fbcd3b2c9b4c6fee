package org.kdcloudlet.server.account;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/**
 * The one-time code by which an administrator makes an account without having one: at the first start, and whenever one who may
 * open the Unix socket asks. There is one at a time, good for a day, and only its digest is kept. Safe for use by many threads.
 */
public final class SetupLinks {
    private static final Duration GOOD_FOR = Duration.ofDays(1);
    private static final int LONGEST_CODE = 100;

    private final SetupLinkRepository repository;
    private final Administrators administrators;
    private final Sessions sessions;
    private final LogInThrottle throttle;
    private final Secrets secrets;
    private final Clock clock;

    /** A code, and until when it is good. */
    public record SetupCode(String code, Instant ends) {}

    SetupLinks(
            SetupLinkRepository repository,
            Administrators administrators,
            Sessions sessions,
            LogInThrottle throttle,
            Secrets secrets,
            Clock clock) {
        this.repository = repository;
        this.administrators = administrators;
        this.sessions = sessions;
        this.throttle = throttle;
        this.secrets = secrets;
        this.clock = clock;
    }

    /** Makes a code; an earlier one is good for nothing from then on. */
    public SetupCode create() {
        SetupCode code = new SetupCode(secrets.secret(), clock.instant().plus(GOOD_FOR));
        repository.replace(Secrets.digest(code.code()), code.ends());
        return code;
    }

    /**
     * Spends a code: makes an administrator and logs this one in.
     *
     * @param browser that it comes from; the session that it had so far ends
     * @throws CloudletException LOGIN_REFUSED when the code is not good; INVALID_VALUE and USER_EXISTS, after which it still is;
     *     TOO_MANY_ATTEMPTS
     */
    public Sessions.LogIn use(String code, String name, String password, Browser browser) {
        // By address alone: a code cannot be guessed, and strangers must not keep its owner from using it.
        List<LogInThrottle.Subject> subjects = List.of(LogInThrottle.Subject.ofAddress(browser.address()));
        throttle.admit(subjects);
        String digest = Secrets.digest(code.substring(0, Math.min(code.length(), LONGEST_CODE)));
        if (!repository.isGood(digest, clock.instant())) {
            throw spent();
        }
        throttle.succeeded(subjects);
        Administrator added = administrators.addBySetupLink(name, password, digest);
        return sessions.begin(added, browser);
    }

    static CloudletException spent() {
        return new CloudletException(
                ErrorCode.LOGIN_REFUSED,
                "This set-up code is not good, or not any more; './cloudlet admin setup-link' on the cloudlet prints a new one.");
    }
}
