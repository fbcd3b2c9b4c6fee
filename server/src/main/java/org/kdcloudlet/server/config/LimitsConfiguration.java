package org.kdcloudlet.server.config;

/**
 * What one client of the device API may ask for. Each limit holds for its address (a /64 network for IPv6) and, separately,
 * for the device id that it names.
 *
 * @param requestsPerSecond requests in the long run
 * @param requestBurst requests at once
 * @param startsPerMinute starts of services in the long run
 * @param startBurst starts at once
 * @param concurrentStarts starts under way at the same time
 * @param trackedClients clients remembered; the one not heard of for the longest time is forgotten first
 */
public record LimitsConfiguration(
        int requestsPerSecond,
        int requestBurst,
        int startsPerMinute,
        int startBurst,
        int concurrentStarts,
        int trackedClients) {
    static LimitsConfiguration read(Section section) {
        return new LimitsConfiguration(
                section.live().integer("requests-per-second", 50, 1, 1_000_000),
                section.live().integer("request-burst", 200, 1, 1_000_000),
                section.live().integer("starts-per-minute", 30, 1, 1_000_000),
                section.live().integer("start-burst", 30, 1, 1_000_000),
                section.live().integer("concurrent-starts", 32, 1, 1000),
                section.live().integer("tracked-clients", 10_000, 10, 1_000_000));
    }
}
