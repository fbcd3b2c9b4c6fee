package org.kdcloudlet.hypervisor;

import java.util.Objects;

/** A port inside the guest. */
public record GuestPort(Protocol protocol, int port) {
    public GuestPort {
        Objects.requireNonNull(protocol, "protocol");
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port must be 1 to 65535: " + port);
        }
    }
}
