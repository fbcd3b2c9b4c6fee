package org.kdcloudlet.client.rank;

import java.time.Duration;
import org.kdcloudlet.client.Cloudlet;
import org.kdcloudlet.client.Service;
import org.kdcloudlet.client.SystemInfo;

/** A cloudlet that offers the service that is looked for, as it was when it was asked. Immutable. */
public final class Candidate {
    private final Cloudlet cloudlet;
    private final Service service;
    private final SystemInfo system;
    private final Duration latency;

    /**
     * A candidate; public so that rankers can be tested.
     *
     * @param cloudlet where
     * @param service what
     * @param system how busy
     * @param latency how far
     */
    public Candidate(Cloudlet cloudlet, Service service, SystemInfo system, Duration latency) {
        this.cloudlet = cloudlet;
        this.service = service;
        this.system = system;
        this.latency = latency;
    }

    /**
     * The cloudlet.
     *
     * @return as it was found
     */
    public Cloudlet cloudlet() {
        return cloudlet;
    }

    /**
     * The service that is looked for.
     *
     * @return as this cloudlet offers it
     */
    public Service service() {
        return service;
    }

    /**
     * How busy the cloudlet is.
     *
     * @return asked for just now
     */
    public SystemInfo system() {
        return system;
    }

    /**
     * The time that a TCP connection to the cloudlet took to be made: one round trip, and nothing of the cloudlet's load.
     *
     * @return measured just now
     */
    public Duration latency() {
        return latency;
    }
}
