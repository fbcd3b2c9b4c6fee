package org.kdcloudlet.server.cli;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Prints a machine's log and what is added to it, until the instance is gone or has failed. */
final class LogFollower {
    private static final Duration PERIOD = Duration.ofSeconds(1);
    /** Enough of the end of what was printed to find it again in a log that has lost its beginning. */
    private static final int KNOWN = 400;

    private final AdminClient server;
    private final String instance;
    private final Console console;

    /** @param instance path of its resource */
    LogFollower(AdminClient server, String instance, Console console) {
        this.server = server;
        this.instance = instance;
        this.console = console;
    }

    void run() {
        String printed = "";
        boolean running = true;
        while (running) {
            running = !server.get(instance).path("state").asText().equals("failed");
            String log = wholeLines(new String(server.bytes(instance + "/log"), StandardCharsets.UTF_8), running);
            console.text(added(printed, log));
            printed = log;
            if (running) {
                LockSupport.parkNanos(PERIOD.toNanos());
            }
        }
    }

    /** A line that is still being written waits for its end. */
    private static String wholeLines(String log, boolean running) {
        return running ? log.substring(0, log.lastIndexOf('\n') + 1) : log;
    }

    /** What a log has behind what was printed of it; all of it if nothing of that is left. */
    static String added(String printed, String log) {
        String end = printed.substring(Math.max(0, printed.length() - KNOWN));
        int found = end.isEmpty() ? -1 : log.lastIndexOf(end);
        return found < 0 ? log : log.substring(found + end.length());
    }
}
