package org.kdcloudlet.server.cli;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import org.kdcloudlet.server.LogLevel;
import org.kdcloudlet.server.config.LoggingConfiguration;
import org.slf4j.LoggerFactory;

/** Has the server log as it is configured; {@code logback.xml} says what holds before, and for the other commands. */
final class Logs {
    private Logs() {}

    static void configure(LoggingConfiguration configuration) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        LogLevel.set(configuration);
        if (configuration.format() == LoggingConfiguration.Format.JSON) {
            Appender<ILoggingEvent> appender =
                    context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("STDERR");
            if (appender instanceof ConsoleAppender<ILoggingEvent> console) {
                console.setEncoder(json(context));
            }
        }
    }

    /** One object a line; the ids of what an event is about are in {@code kvpList}. */
    private static JsonEncoder json(LoggerContext context) {
        JsonEncoder encoder = new JsonEncoder();
        encoder.setContext(context);
        encoder.setWithSequenceNumber(false);
        encoder.setWithNanoseconds(false);
        encoder.setWithContext(false);
        encoder.setWithMarkers(false);
        encoder.setWithMDC(false);
        // The message with its values in place, not its parts.
        encoder.setWithMessage(false);
        encoder.setWithArguments(false);
        encoder.setWithFormattedMessage(true);
        encoder.start();
        return encoder;
    }
}
