package org.kdcloudlet.client;

import java.time.Duration;

/** Refuses settings that cannot be meant. */
final class Checks {
    private Checks() {}

    static int atLeastOne(int number, String what) {
        if (number < 1) {
            throw new IllegalArgumentException(what + " is at least 1.");
        }
        return number;
    }

    static Duration positive(Duration time, String what) {
        if (time.toMillis() < 1) {
            throw new IllegalArgumentException(what + " is at least 1 ms.");
        }
        return time;
    }
}
