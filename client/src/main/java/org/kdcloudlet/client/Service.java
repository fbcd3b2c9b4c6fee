package org.kdcloudlet.client;

import java.util.List;
import java.util.Optional;
import org.kdcloudlet.client.http.MalformedReplyException;

/** A service that a cloudlet offers (SERVICE in spec/device-api.md). Immutable. */
public final class Service {
    private final String serviceId;
    private final Optional<String> description;
    private final Optional<String> version;
    private final List<String> tags;

    private Service(Fields fields) throws MalformedReplyException {
        serviceId = fields.string("service_id");
        description = fields.optionalString("description");
        version = fields.optionalString("version");
        tags = fields.strings("tags");
    }

    static Service read(Fields fields) throws MalformedReplyException {
        return new Service(fields);
    }

    /**
     * What to start it by.
     *
     * @return e.g. {@code org.example.speech}
     */
    public String serviceId() {
        return serviceId;
    }

    /**
     * What it does, for people.
     *
     * @return empty when the cloudlet does not say
     */
    public Optional<String> description() {
        return description;
    }

    /**
     * Its version.
     *
     * @return empty when the cloudlet does not say
     */
    public Optional<String> version() {
        return version;
    }

    /**
     * Its tags.
     *
     * @return unmodifiable
     */
    public List<String> tags() {
        return tags;
    }

    @Override
    public String toString() {
        return serviceId;
    }
}
