package org.kdcloudlet.server.host;

/**
 * How busy this host is; clients rank cloudlets by it (spec/device-api.md).
 *
 * @param totalMemoryBytes memory that the host has
 * @param freeMemoryBytes memory that could be given to new machines, reclaimable caches included
 * @param cores processors that the host has
 * @param usagePercent how busy all processors were on average over the last period; 0 to below 100
 * @param speedMhz speed of a processor, above 0
 * @param cacheKib size of a processor's last cache, above 0
 */
public record HostLoad(
        long totalMemoryBytes, long freeMemoryBytes, int cores, double usagePercent, double speedMhz, long cacheKib) {}
