package org.kdcloudlet.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.kdcloudlet.server.config.LoggingConfiguration;
import org.slf4j.LoggerFactory;

/** What is logged, while the program runs. */
public final class LogLevel {
    private LogLevel() {}

    /** Has the logger log what is configured; libraries are not touched. */
    public static void set(LoggingConfiguration configuration) {
        Logger root = (Logger) LoggerFactory.getLogger("org.kdcloudlet");
        root.setLevel(Level.toLevel(configuration.level().name()));
    }
}
