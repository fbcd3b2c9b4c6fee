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
 * an hour without a failure, forgives; a restart does not. What is refused without a look costs no write. Safe for use by many
 * threads.
 */
final class LogInThrottle {
    static final int FREE_PER_ACCOUNT = 5;
    static final int FREE_PER_ADDRESS = 10;
    private static final Instant AT_ONCE = Instant.EPOCH;
    private static final Duration FIRST_WAIT = Duration.ofSeconds(2);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final Duration FORGIVEN_AFTER = Duration.ofMinutes(30);
    private static final int REMEMBERED = 10_000;
    private static final int MAX_DOUBLINGS = 16;
    private static final String ACCOUNT = "account:";
    private static final String ADDRESS = "address:";

    private final Clock clock;
    private final LogInFailureRepository repository;
    private final Map<String, Failures> accounts = bounded();
    private final Map<String, Failures> addresses = bounded();

    /**
     * What somebody did.
     *
     * @param until when the next attempt is looked at
     */
    record Failures(int count, Instant last, Instant until) {}

    LogInThrottle(LogInFailureRepository repository, Clock clock) {
        this.repository = repository;
        this.clock = clock;
        repository
                .since(clock.instant().minus(FORGIVEN_AFTER))
                .forEach((subject, failures) ->
                        (subject.startsWith(ACCOUNT) ? accounts : addresses).put(subject, failures));
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
        String name = ACCOUNT + Secrets.digest(account);
        String address = ADDRESS + Secrets.digest(ClientNetwork.of(where));
        Instant now = clock.instant();
        refuseUntil(accounts.get(name), now);
        refuseUntil(addresses.get(address), now);
        accounts.put(name, failed(accounts.remove(name), FREE_PER_ACCOUNT, now));
        addresses.put(address, failed(addresses.remove(address), FREE_PER_ADDRESS, now));
        Map<String, Failures> counted = Map.of(name, accounts.get(name), address, addresses.get(address));
        SpareRecord.write("a failed log-in", () -> repository.put(counted));
    }

    /** Forgives the account; the address keeps what it did to other accounts. */
    synchronized void succeeded(String account, String where) {
        String name = ACCOUNT + Secrets.digest(account);
        String address = ADDRESS + Secrets.digest(ClientNetwork.of(where));
        accounts.remove(name);
        Failures others = addresses.computeIfPresent(
                address, (key, failures) -> new Failures(failures.count() - 1, failures.last(), AT_ONCE));
        SpareRecord.write("a log-in that succeeded", () -> {
            repository.remove(name);
            if (others != null) {
                repository.put(Map.of(address, others));
            }
        });
    }

    private static void refuseUntil(Failures failures, Instant now) {
        if (failures != null && now.isBefore(failures.until())) {
            long seconds = Duration.between(now, failures.until()).toSeconds() + 1;
            throw new CloudletException(
                    ErrorCode.TOO_MANY_ATTEMPTS,
                    "Too many log-ins have failed; try again in " + seconds + (seconds == 1 ? " second." : " seconds."),
                    Map.of("retry_after_seconds", seconds));
        }
    }

    private static Failures failed(Failures before, int free, Instant now) {
        boolean forgiven = before == null || before.last().plus(FORGIVEN_AFTER).isBefore(now);
        int count = forgiven ? 1 : before.count() + 1;
        if (count < free) {
            return new Failures(count, now, AT_ONCE);
        }
        Duration wait = FIRST_WAIT.multipliedBy(1L << Math.min(count - free, MAX_DOUBLINGS));
        return new Failures(count, now, now.plus(wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait));
    }
}
