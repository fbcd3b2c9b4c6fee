package org.kdcloudlet.server.account;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.web.ClientNetwork;

/**
 * Slows down those who guess passwords. After 5 failures of an account, or 10 from an address, each further one doubles the
 * time for which it is refused without a look at the password: from 2 seconds up to 5 minutes. A browser that is known to be an
 * administrator's own counts by itself, so that strangers cannot keep its owner out. A log-in that succeeds, or half
 * an hour without a failure, forgives; a restart does not. What is refused without a look costs no write. Safe for use by many
 * threads.
 */
final class LogInThrottle {
    private static final Instant AT_ONCE = Instant.EPOCH;
    private static final Duration FIRST_WAIT = Duration.ofSeconds(2);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final Duration FORGIVEN_AFTER = Duration.ofMinutes(30);
    private static final int REMEMBERED = 10_000;
    private static final int MAX_DOUBLINGS = 16;

    private final Clock clock;
    private final LogInFailureRepository repository;
    private final Map<Kind, Map<String, Failures>> failures = new EnumMap<>(Kind.class);

    /** By what failures are counted. */
    enum Kind {
        ACCOUNT(5),
        ADDRESS(10),
        BROWSER(5);

        private final int free;

        Kind(int free) {
            this.free = free;
        }

        /** The failure from which on there is a wait. */
        int free() {
            return free;
        }

        private String prefix() {
            return name().toLowerCase(Locale.ROOT) + ":";
        }
    }

    /**
     * Something whose failures are counted.
     *
     * @param text on record; does not tell what it is
     */
    record Subject(Kind kind, String text) {
        private static Subject of(Kind kind, String what) {
            return new Subject(kind, kind.prefix() + Secrets.digest(what));
        }

        /** An account, for those who are not known to be its owner, and the address of one of them. */
        static List<Subject> ofStranger(String account, String address) {
            return List.of(of(Kind.ACCOUNT, account), ofAddress(address));
        }

        /** An address; an IPv6 network (/64) counts as one. */
        static Subject ofAddress(String address) {
            return of(Kind.ADDRESS, ClientNetwork.of(address));
        }

        /** A browser, or a session in one, that is known to be an administrator's own. */
        static Subject ofBrowser(String id) {
            return of(Kind.BROWSER, id);
        }
    }

    /**
     * What somebody did.
     *
     * @param until when the next attempt is looked at
     */
    record Failures(int count, Instant last, Instant until) {}

    LogInThrottle(LogInFailureRepository repository, Clock clock) {
        this.repository = repository;
        this.clock = clock;
        Map<String, Failures> recent = repository.since(clock.instant().minus(FORGIVEN_AFTER));
        for (Kind kind : Kind.values()) {
            Map<String, Failures> known = bounded();
            recent.forEach((subject, each) -> {
                if (subject.startsWith(kind.prefix())) {
                    known.put(subject, each);
                }
            });
            failures.put(kind, known);
        }
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

    private Map<String, Failures> of(Subject subject) {
        return failures.get(subject.kind());
    }

    /**
     * Counts an attempt as failed until {@link #succeeded}: many at once must not all get a look.
     *
     * @param subjects whose failure it would be
     * @throws CloudletException TOO_MANY_ATTEMPTS with {@code retry_after_seconds}
     */
    synchronized void admit(List<Subject> subjects) {
        Instant now = clock.instant();
        subjects.forEach(subject -> refuseUntil(of(subject).get(subject.text()), now));
        Map<String, Failures> counted = new HashMap<>();
        for (Subject subject : subjects) {
            Failures failed =
                    failed(of(subject).remove(subject.text()), subject.kind().free(), now);
            of(subject).put(subject.text(), failed);
            counted.put(subject.text(), failed);
        }
        SpareRecord.write("a failed log-in", () -> repository.put(counted));
    }

    /** Forgives account and browser; the address keeps what it did to other accounts. */
    synchronized void succeeded(List<Subject> subjects) {
        Map<String, Failures> others = new HashMap<>();
        List<String> forgiven = new ArrayList<>();
        for (Subject subject : subjects) {
            if (subject.kind() == Kind.ADDRESS) {
                of(subject)
                        .computeIfPresent(
                                subject.text(), (key, each) -> new Failures(each.count() - 1, each.last(), AT_ONCE));
                Optional.ofNullable(of(subject).get(subject.text()))
                        .ifPresent(each -> others.put(subject.text(), each));
            } else {
                of(subject).remove(subject.text());
                forgiven.add(subject.text());
            }
        }
        SpareRecord.write("a log-in that succeeded", () -> {
            forgiven.forEach(repository::remove);
            repository.put(others);
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
