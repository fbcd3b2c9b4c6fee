package org.kdcloudlet.server.account;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.error.Problems;

/**
 * Which entries of the audit log are wanted.
 *
 * @param actor only of this one
 * @param action only this, or those that begin with it and a dot: {@code services} has {@code services.remove} in it
 * @param since not before
 * @param until before this
 * @param before only those with a smaller id: for the next page
 * @param most 1 to 1000
 */
public record AuditFilter(
        Optional<String> actor,
        Optional<String> action,
        Optional<Instant> since,
        Optional<Instant> until,
        Optional<Long> before,
        int most) {
    /** The most entries that are told at once. */
    public static final int MOST = 1000;

    public AuditFilter {
        Problems problems = new Problems();
        problems.require(
                action.map(text -> text.matches("[a-z.-]{1,100}")).orElse(true),
                "action",
                "must be letters, dots and hyphens");
        problems.require(actor.map(text -> text.length() <= 200).orElse(true), "actor", "is too long");
        problems.require(most >= 1 && most <= MOST, "limit", "must be 1 to " + MOST);
        problems.throwIfAny();
    }

    /** What follows these, which it found; empty when nothing does. */
    public Optional<AuditFilter> after(List<AuditEntry> found) {
        return found.size() < most
                ? Optional.empty()
                : Optional.of(new AuditFilter(
                        actor,
                        action,
                        since,
                        until,
                        Optional.of(found.get(found.size() - 1).id()),
                        most));
    }

    /** The latest, of all. */
    public static AuditFilter latest(int most) {
        return new AuditFilter(
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), most);
    }
}
