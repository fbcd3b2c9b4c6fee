package org.kdcloudlet.server.account;

import java.time.Duration;
import java.util.Optional;

/**
 * The browser that a log-in comes from.
 *
 * @param address where it is
 * @param agent what it says it is
 * @param session the secret of the session that it had so far
 * @param mark that it got when somebody logged in in it before, see {@link Sessions.LogIn}
 */
public record Browser(String address, String agent, Optional<String> session, Optional<String> mark) {
    /** How long a mark is good. */
    public static final Duration KNOWN_FOR = Duration.ofDays(30);
}
