package org.kdcloudlet.client;

import java.util.List;
import org.kdcloudlet.client.http.MalformedReplyException;

/** How busy a cloudlet is (SYSTEM in spec/device-api.md). Immutable. */
public final class SystemInfo {
    private final long maximumMemory;
    private final long freeMemory;
    private final int cores;
    private final double usage;
    private final double speed;
    private final double cache;
    private final List<Service> services;
    private final List<App> apps;

    private SystemInfo(Fields fields) throws MalformedReplyException {
        maximumMemory = (long) fields.object("memory_info").number("max_memory");
        freeMemory = (long) fields.object("memory_info").number("free_memory");
        cores = (int) fields.object("cpu_info").number("max_cores");
        usage = fields.object("cpu_info").number("usage");
        speed = fields.object("cpu_info").number("speed");
        cache = fields.object("cpu_info").number("cache");
        services = fields.optionalList("services", Service::read);
        apps = fields.optionalList("apps", App::read);
    }

    static SystemInfo read(Fields fields) throws MalformedReplyException {
        return new SystemInfo(fields);
    }

    /**
     * Its memory.
     *
     * @return bytes
     */
    public long maximumMemory() {
        return maximumMemory;
    }

    /**
     * How much of its memory is free.
     *
     * @return bytes
     */
    public long freeMemory() {
        return freeMemory;
    }

    /**
     * How many CPU cores it has.
     *
     * @return at least 1
     */
    public int cores() {
        return cores;
    }

    /**
     * How busy the cores are, on average.
     *
     * @return percent
     */
    public double usage() {
        return usage;
    }

    /**
     * How fast a core is.
     *
     * @return MHz
     */
    public double speed() {
        return speed;
    }

    /**
     * How much cache a CPU has.
     *
     * @return KiB
     */
    public double cache() {
        return cache;
    }

    /**
     * Its services, when they were asked for.
     *
     * @return unmodifiable
     */
    public List<Service> services() {
        return services;
    }

    /**
     * Its apps, when they were asked for.
     *
     * @return unmodifiable
     */
    public List<App> apps() {
        return apps;
    }
}
