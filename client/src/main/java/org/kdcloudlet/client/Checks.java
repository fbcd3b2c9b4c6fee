package org.kdcloudlet.client;

/** Refuses settings that cannot be meant. */
final class Checks {
    private Checks() {}

    static int atLeastOne(int number, String what) {
        if (number < 1) {
            throw new IllegalArgumentException(what + " is at least 1.");
        }
        return number;
    }
}
