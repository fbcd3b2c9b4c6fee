package org.kdcloudlet.client;

import java.util.Map;
import java.util.Optional;

/** Reads the mailbox messages that say that an instance was moved to another cloudlet (spec/migration.md). */
final class Handoff {
    private static final String WITH_CREDENTIALS = "add-trusted-cloudlet";
    private static final String WITHOUT = "move-to-new-cloudlet-network";

    private final Cloudlet target;
    private final Optional<String> deviceKey;

    private Handoff(Cloudlet target, Optional<String> deviceKey) {
        this.target = target;
        this.deviceKey = deviceKey;
    }

    Cloudlet target() {
        return target;
    }

    /** Secret; empty when the device is paired with the target already. */
    Optional<String> deviceKey() {
        return deviceKey;
    }

    /** Empty when the message is about something else, or cannot be understood. */
    static Optional<Handoff> of(Message message) {
        boolean credentials = message.message().equals(WITH_CREDENTIALS);
        Map<String, String> parameters = message.parameters();
        String place = parameters.getOrDefault("cloudlet_ip", parameters.getOrDefault("cloudlet_fqdn", ""));
        String name = parameters.getOrDefault("cloudlet_name", "");
        if (!credentials && !message.message().equals(WITHOUT) || place.isEmpty() || name.isEmpty()) {
            return Optional.empty();
        }
        boolean encrypted = "true".equals(parameters.get("cloudlet_encryption_enabled"));
        String port = parameters.getOrDefault("cloudlet_port", Integer.toString(Cloudlet.DEFAULT_PORT));
        try {
            String authority = (place.indexOf(':') >= 0 ? "[" + place + "]" : place) + ":" + port;
            Cloudlet target = Cloudlet.parse(CloudletAddress.SCHEME + "://" + authority + "?name="
                    + CloudletAddress.encode(name) + "&encryption=" + (encrypted ? "enabled" : "disabled"));
            return Optional.of(new Handoff(
                    target, Optional.ofNullable(credentials ? parameters.get("device_private_key") : null)));
        } catch (CloudletAddressException e) {
            return Optional.empty();
        }
    }
}
