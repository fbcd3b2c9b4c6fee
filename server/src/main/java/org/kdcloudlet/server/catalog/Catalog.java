package org.kdcloudlet.server.catalog;

import java.util.List;
import java.util.Optional;

/**
 * The services of this cloudlet. Reading never touches the disk; what a change returned from is on disk. Safe for use by many
 * threads.
 */
public interface Catalog {
    /** All services, ordered by service id. */
    List<Service> list();

    /** Changes whenever {@link #list()} would answer differently; for caches of what is made of it. */
    long revision();

    /** The service with this id, as clients use it. Any text may be asked for. */
    Optional<Service> find(String serviceId);

    /**
     * @throws org.kdcloudlet.server.error.CloudletException SERVICE_UNKNOWN
     */
    Service get(String serviceId);

    /** The service with this internal id. */
    Optional<Service> byId(String id);

    /**
     * Adds a service; it can be started once an image was imported ({@link Images#importImage}).
     *
     * @throws org.kdcloudlet.server.error.CloudletException SERVICE_EXISTS
     */
    Service add(ServiceDefinition definition);

    /**
     * Changes what is said of a service; its id may change too. Running instances keep what they were started with. Another
     * machine needs another template: it is made in the background, and starts boot from the image meanwhile.
     *
     * @throws org.kdcloudlet.server.error.CloudletException SERVICE_UNKNOWN; SERVICE_EXISTS when the new id is taken
     */
    Service edit(String serviceId, ServiceDefinition definition);

    /**
     * Removes a service with its images and templates.
     *
     * @param force whether running instances are stopped; else they are a reason to refuse
     * @throws org.kdcloudlet.server.error.CloudletException SERVICE_UNKNOWN; SERVICE_IN_USE
     */
    void delete(String serviceId, boolean force);
}
