package org.kdcloudlet.server.host.announcement;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How much may be answered on one interface, so that nobody makes this host flood its network (RFC 6762, section 6). Times
 * are those of {@link System#nanoTime}. Not for several threads at once.
 */
final class AnswerLimits {
    /** Answers to single hosts in a second, over all of them; who is left without asks again. */
    private static final int DIRECT_ANSWERS = 50;

    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final long DEFENCE_INTERVAL = Duration.ofMillis(250).toNanos();
    private static final long SHORTEST_DELAY = Duration.ofMillis(20).toNanos();
    private static final long LONGEST_DELAY = Duration.ofMillis(120).toNanos();

    private long lastToAll;
    private long lastDefence;
    private long secondBegan;
    private int directAnswers;

    AnswerLimits(long now) {
        lastToAll = now - SECOND;
        lastDefence = now - SECOND;
        secondBegan = now - SECOND;
    }

    /**
     * When an answer to everybody may be sent: a second after the last one, and after a moment chosen by chance, as others
     * answer the same question.
     */
    Duration delayOfAnswerToAll(long now) {
        long moment = ThreadLocalRandom.current().nextLong(SHORTEST_DELAY, LONGEST_DELAY);
        return Duration.ofNanos(Math.max(moment, lastToAll + SECOND - now));
    }

    void answeredAll(long now) {
        lastToAll = now;
    }

    /** Whether our name may be defended against a probe now. */
    boolean takeDefence(long now) {
        if (now - lastDefence < DEFENCE_INTERVAL) {
            return false;
        }
        lastDefence = now;
        return true;
    }

    /** Whether a single host may be answered now. */
    boolean takeDirectAnswer(long now) {
        if (now - secondBegan >= SECOND) {
            secondBegan = now;
            directAnswers = 0;
        }
        directAnswers++;
        return directAnswers <= DIRECT_ANSWERS;
    }
}
