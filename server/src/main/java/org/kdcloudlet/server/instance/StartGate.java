package org.kdcloudlet.server.instance;

import java.time.Duration;
import java.util.function.Supplier;

/** Knows whether starts are under way, so that pools are not refilled at their cost. */
final class StartGate {
    private final Supplier<Duration> quiet;
    private int active;
    private long lastEnd;

    StartGate(Supplier<Duration> quiet) {
        this.quiet = quiet;
        this.lastEnd = System.nanoTime() - quiet.get().toNanos();
    }

    synchronized void begin() {
        active++;
    }

    synchronized void end() {
        active--;
        lastEnd = System.nanoTime();
    }

    /** Whether no start was under way for a while. */
    synchronized boolean isQuiet() {
        return active == 0 && System.nanoTime() - lastEnd >= quiet.get().toNanos();
    }
}
