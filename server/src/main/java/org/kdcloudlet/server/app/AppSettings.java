package org.kdcloudlet.server.app;

import java.time.Duration;

/**
 * What the app store takes.
 *
 * @param maxFileBytes longest package; default 512 MiB
 * @param readDeadline how long reading a package may take before it is refused; default 1 minute
 */
public record AppSettings(long maxFileBytes, Duration readDeadline) {
    private static final long MIB = 1L << 20;

    public static AppSettings defaults() {
        return new AppSettings(512 * MIB, Duration.ofMinutes(1));
    }
}
