package org.kdcloudlet.server.catalog;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A service of this cloudlet.
 *
 * @param id internal id ({@code _id} of spec/device-api.md): 24 lowercase hex digits, never reused
 * @param definition what the operator said of it
 * @param imageVersion the image version that new instances are started from; empty until an image was imported
 * @param created when it was added
 * @param modified when its definition or image version last changed
 */
public record Service(
        String id, ServiceDefinition definition, Optional<Integer> imageVersion, Instant created, Instant modified) {
    public Service {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(definition, "definition");
        Objects.requireNonNull(imageVersion, "imageVersion");
        Objects.requireNonNull(created, "created");
        Objects.requireNonNull(modified, "modified");
    }

    /** The id that clients use. */
    public String serviceId() {
        return definition.serviceId();
    }

    /** Whether new instances are started from this image version. */
    boolean isStartedFrom(int number) {
        return imageVersion.equals(Optional.of(number));
    }

    Service with(ServiceDefinition changed, Instant now) {
        return new Service(id, changed, imageVersion, created, now);
    }

    Service withImageVersion(int number, Instant now) {
        return new Service(id, definition, Optional.of(number), created, now);
    }
}
