package org.kdcloudlet.server.account;

import java.time.Instant;

/**
 * Something that somebody did, or tried to.
 *
 * @param id counts up
 * @param actor who: an administrator, a token as {@code token:NAME}, or a user of the host
 * @param via the way in
 * @param address where from
 * @param action what, e.g. {@code services.remove}
 * @param target to what, e.g. the id of a service; empty when it names nothing
 * @param outcome {@code begun} until it ended, then {@code done} or the code of the error
 */
public record AuditEntry(
        long id,
        Instant time,
        String actor,
        Actor.Via via,
        String address,
        String action,
        String target,
        String outcome) {}
