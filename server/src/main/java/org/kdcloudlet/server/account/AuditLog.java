package org.kdcloudlet.server.account;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who did what from where. What is to be done is on record before it is begun, so that nothing is done unseen, whatever happens
 * meanwhile. On a full disk it is in the server's log alone: what makes room must not be refused. Kept for a year. Safe for use by
 * many threads.
 */
public final class AuditLog {
    /** The outcome of what is not over, or was cut off by the end of the server. */
    public static final String BEGUN = "begun";
    /** The outcome of what was done. */
    public static final String DONE = "done";

    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    private static final Duration KEPT = Duration.ofDays(366);
    private static final int LONGEST = 300;
    private static final long CLEAN_EVERY = 1000;

    private final AuditRepository repository;
    private final Clock clock;

    AuditLog(AuditRepository repository, Clock clock) {
        this.repository = repository;
        this.clock = clock;
    }

    /** Puts on record that something is about to be done. */
    public Entry begin(Actor actor, String action, String target) {
        String bounded = bounded(target);
        Optional<Long> id = add(actor, action, bounded, BEGUN);
        return new Entry(actor, id, action, bounded);
    }

    /** Puts on record what was done or refused at once. */
    public void record(Actor actor, String action, String target, String outcome) {
        String bounded = bounded(target);
        add(actor, action, bounded, outcome);
        log(actor, action, bounded, outcome);
    }

    /** The id of the new entry; empty when there is no room for it. */
    private Optional<Long> add(Actor actor, String action, String target, String outcome) {
        Instant now = clock.instant();
        AtomicReference<Optional<Long>> id = new AtomicReference<>(Optional.empty());
        SpareRecord.write(
                "what follows in this log",
                () -> id.set(Optional.of(repository.add(actor, now, action, target, outcome))));
        id.get()
                .filter(number -> number % CLEAN_EVERY == 0)
                .ifPresent(number -> repository.removeBefore(now.minus(KEPT)));
        return id.get();
    }

    /** The latest first. */
    public List<AuditEntry> find(AuditFilter filter) {
        return repository.find(filter);
    }

    /** What is being done. For use by one thread. */
    public final class Entry {
        private final Actor actor;
        private final Optional<Long> id;
        private final String action;
        private String target;

        private Entry(Actor actor, Optional<Long> id, String action, String target) {
            this.actor = actor;
            this.id = id;
            this.action = action;
            this.target = target;
        }

        /** Names what it is done to, when that was not known before. */
        public void target(String newTarget) {
            target = bounded(newTarget);
        }

        /** Notes how it ended: {@link #DONE} or the code of an error. */
        public void end(String outcome) {
            id.ifPresent(number ->
                    SpareRecord.write("what follows in this log", () -> repository.end(number, target, outcome)));
            log(actor, action, target, outcome);
        }
    }

    private static void log(Actor actor, String action, String target, String outcome) {
        LOG.atInfo()
                .addKeyValue("actor", actor.name())
                .addKeyValue("action", action)
                .addKeyValue("target", target)
                .addKeyValue("outcome", outcome)
                .log(
                        "audit {} {} by {} ({}) from {}: {}",
                        action,
                        target,
                        actor.name(),
                        actor.via(),
                        actor.address(),
                        outcome);
    }

    /** As long as it may be on record, without what could break a line of the log. */
    private static String bounded(String text) {
        String clean = text.replaceAll("[\\p{Cntrl}\\p{Cf}\\u2028\\u2029]", "?");
        return clean.substring(0, Math.min(clean.length(), LONGEST));
    }
}
