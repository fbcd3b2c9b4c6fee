package org.kdcloudlet.server.api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.kdcloudlet.server.config.LimitsConfiguration;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.web.ClientNetwork;

/**
 * What one client may ask for: its address is limited, and the device id that it names. The id proves nothing, so it can only
 * ever narrow what the address may do.
 */
final class DeviceLimits {
    private static final Duration CONCURRENCY_RETRY = Duration.ofSeconds(1);

    private final TokenBuckets requests;
    private final TokenBuckets requestsOfDevices;
    private final TokenBuckets starts;
    private final TokenBuckets startsOfDevices;
    private final Supplier<LimitsConfiguration> limits;
    private final Semaphore allStarts;
    private final Map<String, Integer> startsUnderWay = new ConcurrentHashMap<>();

    /** @param allStarts how many starts of all clients may be under way, so that threads are left for other requests */
    DeviceLimits(Supplier<LimitsConfiguration> limits, int allStarts, LongSupplier nanoTime) {
        this.allStarts = new Semaphore(allStarts);
        requests = requestBuckets(limits, nanoTime);
        requestsOfDevices = requestBuckets(limits, nanoTime);
        starts = startBuckets(limits, nanoTime);
        startsOfDevices = startBuckets(limits, nanoTime);
        this.limits = limits;
    }

    private static TokenBuckets requestBuckets(Supplier<LimitsConfiguration> limits, LongSupplier nanoTime) {
        return new TokenBuckets(
                () -> {
                    LimitsConfiguration now = limits.get();
                    return new TokenBuckets.Rate(
                            now.requestsPerSecond(), Duration.ofSeconds(1), now.requestBurst(), now.trackedClients());
                },
                nanoTime);
    }

    private static TokenBuckets startBuckets(Supplier<LimitsConfiguration> limits, LongSupplier nanoTime) {
        return new TokenBuckets(
                () -> {
                    LimitsConfiguration now = limits.get();
                    return new TokenBuckets.Rate(
                            now.startsPerMinute(), Duration.ofMinutes(1), now.startBurst(), now.trackedClients());
                },
                nanoTime);
    }

    /**
     * Counts a request.
     *
     * @throws TooManyRequests when it is one too many
     */
    void admit(String address, Optional<String> device) {
        refuseUnlessZero(requests.take(ClientNetwork.of(address)));
        device.ifPresent(id -> refuseUnlessZero(requestsOfDevices.take(id)));
    }

    /**
     * Counts a start, until the result is closed as one under way.
     *
     * @throws TooManyRequests when it is one too many
     * @throws CloudletException NO_ROOM when too many starts of all clients together are under way
     */
    StartPermit admitStart(String address, Optional<String> device) {
        List<String> holders = new ArrayList<>(List.of("address " + ClientNetwork.of(address)));
        device.ifPresent(id -> holders.add("device " + id));
        StartPermit permit = new StartPermit(new ArrayList<>());
        try {
            holders.forEach(holder -> {
                enter(holder);
                permit.holders().add(holder);
            });
            refuseUnlessZero(starts.take(ClientNetwork.of(address)));
            device.ifPresent(id -> refuseUnlessZero(startsOfDevices.take(id)));
            if (!allStarts.tryAcquire()) {
                throw new CloudletException(
                        ErrorCode.NO_ROOM, "Too many starts are under way on this cloudlet; try again later");
            }
            permit.counted = true;
        } catch (TooManyRequests | CloudletException e) {
            permit.close();
            throw e;
        }
        return permit;
    }

    private void enter(String holder) {
        int underWay = startsUnderWay.merge(holder, 1, Integer::sum);
        if (underWay > limits.get().concurrentStarts()) {
            leave(holder);
            throw new TooManyRequests(CONCURRENCY_RETRY);
        }
    }

    private void leave(String holder) {
        startsUnderWay.computeIfPresent(holder, (key, count) -> count == 1 ? null : count - 1);
    }

    private static void refuseUnlessZero(Duration wait) {
        if (!wait.isZero()) {
            throw new TooManyRequests(wait);
        }
    }

    /** A start under way. */
    final class StartPermit implements AutoCloseable {
        private final List<String> holders;
        private boolean counted;

        private StartPermit(List<String> holders) {
            this.holders = holders;
        }

        /** Does what the permit is for. */
        <T> T during(Supplier<T> start) {
            return start.get();
        }

        private List<String> holders() {
            return holders;
        }

        @Override
        public void close() {
            holders.forEach(DeviceLimits.this::leave);
            holders.clear();
            if (counted) {
                counted = false;
                allStarts.release();
            }
        }
    }

    /** A client asked for more than it may. */
    static final class TooManyRequests extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Duration retryAfter;

        TooManyRequests(Duration retryAfter) {
            super("Too many requests", null, false, false);
            this.retryAfter = retryAfter;
        }

        /** In whole seconds, at least one. */
        long retryAfterSeconds() {
            return Math.max(1, retryAfter.plusMillis(999).toSeconds());
        }
    }
}
