package org.kdcloudlet.server.host;

/** What this host has left for machines. Each call measures anew and is cheap enough to be made for every start. */
public interface HostResources {
    /** Memory that can be taken without swapping, in bytes ({@code MemAvailable} of /proc/meminfo). */
    long memoryAvailable();

    /** All memory of the host, in bytes. */
    long memoryTotal();

    /** Space left for the server's user on the file system of the data directory, in bytes. */
    long diskFree();

    /** Size of that file system, in bytes. */
    long diskTotal();
}
