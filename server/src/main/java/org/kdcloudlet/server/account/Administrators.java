package org.kdcloudlet.server.account;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.error.Problems;

/**
 * The administrators of this cloudlet. What a change returned from is on disk, and holds for requests that come after it in
 * sessions that are open already. There is always one with the role administrator once there was one. Safe for use by many threads.
 */
public final class Administrators {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
    /** NIST SP 800-63B, section 3.1.1.2, asks for 8 at least, and for 64 to be allowed. */
    private static final int SHORTEST_PASSWORD = 10;

    private static final int LONGEST_PASSWORD = 200;

    private final AdministratorRepository repository;
    private final PasswordHasher hasher;
    private final LogInThrottle throttle;
    private final KnownBrowsers browsers;
    private final Clock clock;

    Administrators(
            AdministratorRepository repository,
            PasswordHasher hasher,
            LogInThrottle throttle,
            KnownBrowsers browsers,
            Clock clock) {
        this.repository = repository;
        this.hasher = hasher;
        this.throttle = throttle;
        this.browsers = browsers;
        this.clock = clock;
    }

    /** All, by name. */
    public List<Administrator> list() {
        return repository.list();
    }

    /**
     * @throws CloudletException USER_UNKNOWN
     */
    public Administrator get(String name) {
        return repository.find(name).orElseThrow(() -> unknown(name)).administrator();
    }

    /**
     * @throws CloudletException INVALID_VALUE; USER_EXISTS
     */
    public Administrator add(String name, Role role, String password) {
        check(Optional.of(name), password);
        Administrator added = administrator(name, role);
        repository.add(added, hasher.hash(password));
        return added;
    }

    /** As {@link #add}, by a set-up link that is spent by it. */
    Administrator addBySetupLink(String name, String password, String linkDigest) {
        check(Optional.of(name), password);
        Administrator added = administrator(name, Role.ADMINISTRATOR);
        if (!repository.addBySetupLink(added, hasher.hash(password), linkDigest)) {
            throw SetupLinks.spent();
        }
        return added;
    }

    private Administrator administrator(String name, Role role) {
        Instant now = clock.instant();
        return new Administrator(name, role, now, now);
    }

    /**
     * Removes one, with all sessions and tokens.
     *
     * @throws CloudletException USER_UNKNOWN; CONFLICT for the last one with the role administrator
     */
    public void remove(String name) {
        requireKnown(name, repository.remove(name));
    }

    /**
     * @throws CloudletException USER_UNKNOWN; CONFLICT for the last one with the role administrator
     */
    public Administrator setRole(String name, Role role) {
        requireKnown(name, repository.setRole(name, role));
        return get(name);
    }

    /**
     * Sets a password and ends all sessions of this administrator.
     *
     * @throws CloudletException USER_UNKNOWN; INVALID_VALUE
     */
    public Administrator setPassword(String name, String password) {
        check(Optional.empty(), password);
        requireKnown(name, repository.setPassword(name, hasher.hash(password), clock.instant(), Optional.empty()));
        return get(name);
    }

    /**
     * Changes somebody's own password and ends all other sessions.
     *
     * @return the new mark of the browser, see {@link Sessions.LogIn}
     * @throws CloudletException LOGIN_REFUSED when the current password is another; INVALID_VALUE; TOO_MANY_ATTEMPTS
     */
    public String changeOwnPassword(Actor actor, String current, String password) {
        check(Optional.empty(), password);
        List<LogInThrottle.Subject> subjects = actor.session()
                .map(session -> List.of(LogInThrottle.Subject.ofBrowser(session)))
                .orElseGet(() -> LogInThrottle.Subject.ofStranger(actor.name(), actor.address()));
        Administrator administrator = verify(repository.find(actor.name()), current, subjects);
        repository.setPassword(actor.name(), hasher.hash(password), clock.instant(), actor.session());
        return markOf(administrator);
    }

    /**
     * @throws CloudletException LOGIN_REFUSED, the same for a wrong name and a wrong password; TOO_MANY_ATTEMPTS
     */
    Administrator verify(String name, String password, Browser browser) {
        boolean possible = NAME.matcher(name).matches() && password.length() <= LONGEST_PASSWORD;
        Optional<AdministratorRepository.Stored> stored = possible ? repository.find(name) : Optional.empty();
        Optional<String> known =
                stored.flatMap(account -> browser.mark().flatMap(mark -> browsers.known(mark, account)));
        return verify(
                stored,
                password.substring(0, Math.min(password.length(), LONGEST_PASSWORD)),
                known.map(id -> List.of(LogInThrottle.Subject.ofBrowser(id)))
                        .orElseGet(() -> LogInThrottle.Subject.ofStranger(possible ? name : "", browser.address())));
    }

    private Administrator verify(
            Optional<AdministratorRepository.Stored> stored, String password, List<LogInThrottle.Subject> subjects) {
        throttle.admit(subjects);
        if (stored.isEmpty()) {
            hasher.matchNobody(password);
        } else if (hasher.matches(password, stored.get().passwordHash())) {
            throttle.succeeded(subjects);
            return stored.get().administrator();
        }
        throw new CloudletException(ErrorCode.LOGIN_REFUSED, "Name and password do not belong together.");
    }

    /** What makes a browser known in which an administrator has just logged in. */
    String markOf(Administrator administrator) {
        return repository
                .find(administrator.name())
                .map(browsers::mark)
                .orElseThrow(() -> unknown(administrator.name()));
    }

    /**
     * @throws CloudletException INVALID_VALUE for what {@link #setPassword} would refuse
     */
    public static void requireGood(String password) {
        check(Optional.empty(), password);
    }

    private static void check(Optional<String> name, String password) {
        Problems problems = new Problems();
        name.ifPresent(text -> problems.require(
                NAME.matcher(text).matches(),
                "name",
                "must be 1 to 64 of a-z, 0-9, '.', '_' and '-', and begin with a letter or digit"));
        problems.require(
                password.length() >= SHORTEST_PASSWORD && password.length() <= LONGEST_PASSWORD,
                "password",
                "must have " + SHORTEST_PASSWORD + " to " + LONGEST_PASSWORD + " characters");
        name.ifPresent(text -> problems.require(!text.equals(password), "password", "must not be the name"));
        problems.throwIfAny();
    }

    private static void requireKnown(String name, boolean known) {
        if (!known) {
            throw unknown(name);
        }
    }

    private static CloudletException unknown(String name) {
        String shown = NAME.matcher(name).matches() ? " " + name : " of this name";
        return new CloudletException(ErrorCode.USER_UNKNOWN, "There is no administrator" + shown + ".");
    }
}
