package org.kdcloudlet.server.catalog;

import java.util.Optional;

/** What the catalogue has to know of instances before it takes something away from them. */
@FunctionalInterface
public interface ServiceUsage {
    /**
     * Does something while no instance uses a service, and none can begin to until it is done.
     *
     * @param service internal id
     * @param version to look at instances of this image version only
     * @return false, with nothing done, when an instance does
     */
    boolean ifUnused(String service, Optional<Integer> version, Runnable action);
}
