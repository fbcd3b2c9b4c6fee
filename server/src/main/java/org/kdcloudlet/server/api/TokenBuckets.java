package org.kdcloudlet.server.api;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Allows each client so many requests at once and so many in the long run. Remembers a bounded number of clients and forgets
 * the one not heard of for the longest time. Safe for use by many threads.
 */
final class TokenBuckets {
    private final double perNano;
    private final int burst;
    private final LongSupplier nanoTime;
    private final Map<String, Bucket> buckets;

    /**
     * @param rate how many in each period
     * @param burst how many at once
     * @param nanoTime the clock, in nanoseconds
     */
    TokenBuckets(int rate, Duration period, int burst, int maxClients, LongSupplier nanoTime) {
        this.perNano = (double) rate / period.toNanos();
        this.burst = burst;
        this.nanoTime = nanoTime;
        this.buckets = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
                return size() > maxClients;
            }
        };
    }

    private static final class Bucket {
        private double tokens;
        private long filledAt;
    }

    /** Counts one request of a client; how long to wait for the next try if it is one too many, else zero. */
    synchronized Duration take(String client) {
        long now = nanoTime.getAsLong();
        Bucket bucket = buckets.computeIfAbsent(client, key -> full(now));
        bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.filledAt) * perNano);
        bucket.filledAt = now;
        if (bucket.tokens >= 1) {
            bucket.tokens -= 1;
            return Duration.ZERO;
        }
        return Duration.ofNanos((long) Math.ceil((1 - bucket.tokens) / perNano));
    }

    private Bucket full(long now) {
        Bucket bucket = new Bucket();
        bucket.tokens = burst;
        bucket.filledAt = now;
        return bucket;
    }

    synchronized int clients() {
        return buckets.size();
    }
}
