package org.kdcloudlet.server.api;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Allows each client so many requests at once and so many in the long run. Remembers a bounded number of clients and forgets
 * the one not heard of for the longest time. Safe for use by many threads.
 */
final class TokenBuckets {
    private final Supplier<Rate> rate;
    private final LongSupplier nanoTime;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * What a client may ask for.
     *
     * @param count how many in each period
     * @param burst how many at once
     * @param maxClients clients that are remembered
     */
    record Rate(int count, Duration period, int burst, int maxClients) {
        private double perNano() {
            return (double) count / period.toNanos();
        }
    }

    /**
     * @param rate as it is now; it may change
     * @param nanoTime the clock, in nanoseconds
     */
    TokenBuckets(Supplier<Rate> rate, LongSupplier nanoTime) {
        this.rate = rate;
        this.nanoTime = nanoTime;
    }

    private static final class Bucket {
        private double tokens;
        private long filledAt;
    }

    /** Counts one request of a client; how long to wait for the next try if it is one too many, else zero. */
    synchronized Duration take(String client) {
        long now = nanoTime.getAsLong();
        Rate allowed = rate.get();
        double perNano = allowed.perNano();
        Bucket bucket = buckets.computeIfAbsent(client, key -> full(now, allowed.burst()));
        forgetAllBut(allowed.maxClients());
        bucket.tokens = Math.min(allowed.burst(), bucket.tokens + (now - bucket.filledAt) * perNano);
        bucket.filledAt = now;
        if (bucket.tokens >= 1) {
            bucket.tokens -= 1;
            return Duration.ZERO;
        }
        return Duration.ofNanos((long) Math.ceil((1 - bucket.tokens) / perNano));
    }

    private void forgetAllBut(int maxClients) {
        Iterator<String> eldestFirst = buckets.keySet().iterator();
        while (buckets.size() > maxClients) {
            eldestFirst.next();
            eldestFirst.remove();
        }
    }

    private static Bucket full(long now, int burst) {
        Bucket bucket = new Bucket();
        bucket.tokens = burst;
        bucket.filledAt = now;
        return bucket;
    }

    synchronized int clients() {
        return buckets.size();
    }
}
