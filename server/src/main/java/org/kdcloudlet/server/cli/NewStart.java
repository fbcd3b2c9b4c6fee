package org.kdcloudlet.server.cli;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for a server that starts anew by itself. */
final class NewStart {
    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final AdminClient server;
    private final String before;

    /** To be made before the server is given a reason for it. */
    NewStart(AdminClient server) {
        this.server = server;
        this.before = started();
    }

    private String started() {
        return server.get("/v1/status").path("started").asText();
    }

    /**
     * Returns once it has started.
     *
     * @throws CommandFailedException when it does not answer in time
     */
    void await() {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (!isThere()) {
            if (System.nanoTime() - deadline > 0) {
                throw new CommandFailedException(
                        ExitStatus.FAILED,
                        "It is done, but the server did not start anew within " + DEADLINE.toSeconds()
                                + " seconds; its log says why.");
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private boolean isThere() {
        try {
            return !started().equals(before);
        } catch (UnreachableException between) {
            return false;
        } catch (RefusedException refusal) {
            if (refusal.isPassing()) {
                return false;
            }
            // It has other accounts now, and so other tokens.
            if (refusal.isOfAStranger()) {
                return true;
            }
            throw refusal;
        }
    }
}
