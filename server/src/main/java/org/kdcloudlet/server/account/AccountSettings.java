package org.kdcloudlet.server.account;

import java.time.Duration;

/**
 * How long what opens doors is good for.
 *
 * @param sessionIdle a session ends when nothing was asked in it for so long
 * @param sessionLifetime a session ends so long after its log-in
 */
public record AccountSettings(Duration sessionIdle, Duration sessionLifetime) {
    /** An hour, and twelve. */
    public static AccountSettings defaults() {
        return new AccountSettings(Duration.ofHours(1), Duration.ofHours(12));
    }
}
