package org.kdcloudlet.server.account;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.error.Problems;

/**
 * Keys for programs that use the admin REST API over the network. Only a digest of each is kept, so that its secret is shown once.
 * Safe for use by many threads.
 */
public final class ApiTokens {
    /** With what every secret begins, so that one that leaked is found by tools that look for such. */
    public static final String PREFIX = "kdc_";

    private static final Duration LONGEST_LIFE = Duration.ofDays(366);
    private static final Duration USED_PRECISION = Duration.ofMinutes(1);
    private static final int LONGEST_NAME = 100;
    private static final int LONGEST_SECRET = 100;

    private final ApiTokenRepository repository;
    private final Secrets secrets;
    private final Clock clock;

    /** A token that was just made, and its secret, which is not kept. */
    public record Created(ApiToken token, String secret) {}

    ApiTokens(ApiTokenRepository repository, Secrets secrets, Clock clock) {
        this.repository = repository;
        this.secrets = secrets;
        this.clock = clock;
    }

    /**
     * @param life 1 day to 366
     * @throws CloudletException INVALID_VALUE; FORBIDDEN for a role that its maker does not have
     */
    public Created create(Actor maker, String name, Role role, Duration life) {
        Problems problems = new Problems();
        problems.require(
                !name.isBlank()
                        && name.length() <= LONGEST_NAME
                        && name.codePoints().noneMatch(Character::isISOControl),
                "name",
                "must have 1 to " + LONGEST_NAME + " characters, none a control character");
        problems.require(
                life.toDays() >= 1 && life.compareTo(LONGEST_LIFE) <= 0,
                "days",
                "must be 1 to " + LONGEST_LIFE.toDays());
        problems.throwIfAny();
        if (!maker.role().includes(role)) {
            throw new CloudletException(ErrorCode.FORBIDDEN, "A token may not do more than who makes it.");
        }
        Instant now = clock.instant();
        ApiToken token = new ApiToken(secrets.id(), name, maker.account(), role, now, now.plus(life), Optional.empty());
        String secret = PREFIX + secrets.secret();
        repository.add(token, Secrets.digest(secret));
        return new Created(token, secret);
    }

    /** Who has this secret; any text may be asked for. */
    public Optional<Actor> authenticate(String secret, String address) {
        if (secret.length() > LONGEST_SECRET) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        Optional<ApiTokenRepository.Found> found = repository
                .find(Secrets.digest(secret))
                .filter(known -> known.token().ends().isAfter(now));
        found.map(ApiTokenRepository.Found::token)
                .filter(token -> token.lastUsed()
                        .map(used -> used.plus(USED_PRECISION).isBefore(now))
                        .orElse(true))
                .ifPresent(token ->
                        SpareRecord.write("when an API token was last used", () -> repository.used(token.id(), now)));
        return found.map(known -> new Actor(
                "token:" + known.token().name(),
                known.token().role().least(known.ownerRole().orElse(Role.ADMINISTRATOR)),
                Actor.Via.TOKEN,
                address,
                Optional.empty(),
                known.token().owner()));
    }

    /** All, expired ones included, the newest first. */
    public List<ApiToken> list() {
        return repository.list();
    }

    /** Whether a token is good for nothing any more. */
    public boolean expired(ApiToken token) {
        return !token.ends().isAfter(clock.instant());
    }

    /**
     * @throws CloudletException TOKEN_UNKNOWN
     */
    public void revoke(String id) {
        if (!repository.remove(id)) {
            throw new CloudletException(ErrorCode.TOKEN_UNKNOWN, "There is no such API token.");
        }
    }
}
