package org.kdcloudlet.client;

import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.client.http.MalformedReplyException;

/** A message of the cloudlet for this device (MESSAGE in spec/device-api.md), delivered once. Immutable. */
public final class Message {
    private final Optional<String> deviceId;
    private final String serviceId;
    private final String message;
    private final Map<String, String> parameters;

    private Message(Fields fields) throws MalformedReplyException {
        deviceId = fields.optionalString("device_id");
        serviceId = fields.string("service_id");
        message = fields.string("message");
        parameters = fields.texts("params");
    }

    static Message read(Fields fields) throws MalformedReplyException {
        return new Message(fields);
    }

    /**
     * The device that it is for.
     *
     * @return empty when the cloudlet does not say
     */
    public Optional<String> deviceId() {
        return deviceId;
    }

    /**
     * The service that it is about.
     *
     * @return never empty
     */
    public String serviceId() {
        return serviceId;
    }

    /**
     * What it says.
     *
     * @return e.g. {@code move-to-new-cloudlet-network}
     */
    public String message() {
        return message;
    }

    /**
     * Its details by name; may hold secrets. Those that are null are left out.
     *
     * @return unmodifiable
     */
    public Map<String, String> parameters() {
        return parameters;
    }

    @Override
    public String toString() {
        return message + " for " + serviceId;
    }
}
