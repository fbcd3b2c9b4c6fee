package org.kdcloudlet.server.instance;

/**
 * How full the host is.
 *
 * @param instances instances with a machine, starting ones included, and machines that images are prepared in
 * @param pooled machines that wait in pools; they give way when a start needs their room
 * @param maxInstances the limit on both together
 * @param memoryPromised RAM in bytes of all machines together
 * @param memoryLimit the most that may be promised, in bytes
 * @param memoryAvailable what the host has left now, in bytes
 * @param memoryReserve what is left to the host, in bytes
 * @param diskFree space left now, in bytes
 * @param diskReserve space that is left free, in bytes
 */
public record Capacity(
        int instances,
        int pooled,
        int maxInstances,
        long memoryPromised,
        long memoryLimit,
        long memoryAvailable,
        long memoryReserve,
        long diskFree,
        long diskReserve) {}
