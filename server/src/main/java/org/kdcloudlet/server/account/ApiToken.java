package org.kdcloudlet.server.account;

import java.time.Instant;
import java.util.Optional;

/**
 * A key with which a program may use the admin REST API, without its secret.
 *
 * @param id names it; it opens nothing
 * @param name what it is for, in words of the administrator
 * @param owner who made it; empty when it was made on the host itself
 * @param role what it may do, as long as its owner may
 * @param ends when it expires
 * @param lastUsed up to a minute late
 */
public record ApiToken(
        String id,
        String name,
        Optional<String> owner,
        Role role,
        Instant created,
        Instant ends,
        Optional<Instant> lastUsed) {}
