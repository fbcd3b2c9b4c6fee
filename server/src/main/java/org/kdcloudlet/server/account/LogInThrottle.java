package org.kdcloudlet.server.account;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.web.ClientNetwork;

/**
 * Slows down those who guess passwords. After 5 failures of an account, or 10 from an address, each further one doubles the
 * time for which it is refused without a look at the password: from 2 seconds up to 5 minutes. A log-in that succeeds, or half
 * an hour without a failure, forgives. Kept in memory. Safe for use by many threads.
 */
final class LogInThrottle {
    static final int FREE_PER_ACCOUNT = 5;
    static final int FREE_PER_ADDRESS = 10;
    private static final Duration FIRST_WAIT = Duration.ofSeconds(2);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final Duration FORGIVEN_AFTER = Duration.ofMinutes(30);
    private static final int REMEMBERED = 10_000;
    private static final int MAX_DOUBLINGS = 16;

    private final Clock clock;
    private final Map<String, Failures> accounts = bounded();
    private final Map<String, Failures> addresses = bounded();

    private record Failures(int count, Instant last, Instant until) {}

    LogInThrottle(Clock clock) {
        this.clock = clock;
    }

    private static Map<String, Failures> bounded() {
        return new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
                return size() > REMEMBERED;
            }
        };
    }

    /**
     * Counts an attempt as failed until {@link #succeeded}: many at once must not all get a look.
     *
     * @param where the address that it comes from; an IPv6 network (/64) counts as one
     * @throws CloudletException TOO_MANY_ATTEMPTS with {@code retry_after_seconds}
     */
    synchronized void admit(String account, String where) {
        String address = ClientNetwork.of(where);
        Instant now = clock.instant();
        refuseUntil(accounts.get(account), now);
        refuseUntil(addresses.get(address), now);
        accounts.put(account, failed(accounts.remove(account), FREE_PER_ACCOUNT, now));
        addresses.put(address, failed(addresses.remove(address), FREE_PER_ADDRESS, now));
    }

    /** Forgives the account; the address keeps what it did to other accounts. */
    synchronized void succeeded(String account, String where) {
        accounts.remove(account);
        addresses.computeIfPresent(
                ClientNetwork.of(where),
                (key, failures) -> new Failures(failures.count() - 1, failures.last(), Instant.MIN));
    }

    private static void refuseUntil(Failures failures, Instant now) {
        if (failures != null && now.isBefore(failures.until())) {
            long seconds = Duration.between(now, failures.until()).toSeconds() + 1;
            throw new CloudletException(
                    ErrorCode.TOO_MANY_ATTEMPTS,
                    "Too many log-ins have failed; try again in " + seconds + " seconds.",
                    Map.of("retry_after_seconds", seconds));
        }
    }

    private static Failures failed(Failures before, int free, Instant now) {
        boolean forgiven = before == null || before.last().plus(FORGIVEN_AFTER).isBefore(now);
        int count = forgiven ? 1 : before.count() + 1;
        if (count < free) {
            return new Failures(count, now, Instant.MIN);
        }
        Duration wait = FIRST_WAIT.multipliedBy(1L << Math.min(count - free, MAX_DOUBLINGS));
        return new Failures(count, now, now.plus(wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait));
    }
}
