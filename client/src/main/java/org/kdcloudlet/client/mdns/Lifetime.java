package org.kdcloudlet.client.mdns;

/** How long one record is valid, and when to ask for it again: at 80, 85, 90 and 95 % of its life (RFC 6762, 5.2). */
final class Lifetime {
    private static final long LONGEST_MILLIS = 4500_000;
    private static final int REFRESHES = 4;

    private long begin;
    private long end;
    private int refreshes;

    Lifetime(long now, long ttlSeconds) {
        begin = now;
        end = now + millis(ttlSeconds);
    }

    /** The record was heard again. An answer to a one-shot query has a short life that says nothing (RFC 6762, 6.7). */
    void renew(long now, long ttlSeconds, boolean oneShot) {
        long newEnd = now + millis(ttlSeconds);
        if (oneShot && newEnd < end) {
            return;
        }
        begin = now;
        end = newEnd;
        refreshes = 0;
    }

    /** The record ends within the time given, unless it is heard again. */
    void shorten(long now, long millis) {
        end = Math.min(end, now + millis);
    }

    /** Asks anew from now on, and ends after the time given (RFC 6762, 10.4). */
    void doubt(long now, long millis) {
        shorten(now, millis);
        begin = now - (end - now) * 4;
        refreshes = 0;
    }

    boolean isOver(long now) {
        return now >= end;
    }

    boolean isRefreshDue(long now) {
        return now >= nextRefresh();
    }

    void refreshed() {
        refreshes++;
    }

    boolean isInFirstHalf(long now) {
        return end - now > (end - begin) / 2;
    }

    long secondsLeft(long now) {
        return Math.max(0, (end - now) / 1000);
    }

    /** When something is to be done next: ask again, or end. */
    long next() {
        return Math.min(nextRefresh(), end);
    }

    private long nextRefresh() {
        return refreshes >= REFRESHES ? Long.MAX_VALUE : begin + (end - begin) * (80 + 5 * refreshes) / 100;
    }

    private static long millis(long ttlSeconds) {
        return Math.min(Math.max(ttlSeconds, 0) * 1000, LONGEST_MILLIS);
    }
}
