package org.kdcloudlet.server.account;

import java.time.Instant;

/**
 * A browser in which an administrator is logged in.
 *
 * @param id names the session to administrators; it opens nothing
 * @param administrator who is logged in
 * @param created when the log-in was
 * @param lastSeen of the last request, up to a minute late
 * @param ends when it ends at the latest
 * @param address where the log-in came from
 * @param agent what the browser said it is, at most 200 characters
 */
public record Session(
        String id,
        String administrator,
        Instant created,
        Instant lastSeen,
        Instant ends,
        String address,
        String agent) {}
