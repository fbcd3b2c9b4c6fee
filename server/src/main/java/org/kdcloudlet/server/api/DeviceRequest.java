package org.kdcloudlet.server.api;

import io.javalin.http.Context;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.kdcloudlet.server.host.HostAddresses;

/** What a device asks: its parameters, read as spec/device-api.md says, and who it is. */
final class DeviceRequest {
    /** The header in which a device names itself. */
    static final String DEVICE_ID = "X-Device-ID";

    private static final int MAX_DEVICE_ID = 256;
    private static final Set<String> TRUE = Set.of("T", "TRUE", "Y", "YES");

    private final Context context;

    DeviceRequest(Context context) {
        this.context = context;
    }

    /** A parameter; empty when it is missing or empty. */
    Optional<String> parameter(String name) {
        return Optional.ofNullable(context.queryParam(name)).filter(value -> !value.isEmpty());
    }

    /** A boolean parameter: true for T, TRUE, Y, YES in any case, false for anything else. */
    boolean flag(String name) {
        return parameter(name)
                .map(value -> TRUE.contains(value.toUpperCase(Locale.ROOT)))
                .orElse(false);
    }

    /** Who the device says it is; longer ids than any real one count as none. */
    Optional<String> deviceId() {
        return Optional.ofNullable(context.header(DEVICE_ID))
                .filter(id -> !id.isEmpty() && id.length() <= MAX_DEVICE_ID);
    }

    String clientAddress() {
        return withoutBrackets(context.req().getRemoteAddr());
    }

    /** The address at which the device reached this cloudlet, as an IPv4 address wherever there is one. */
    InetAddress reachedAt() {
        try {
            return HostAddresses.reachableLike(
                    InetAddress.getByName(withoutBrackets(context.req().getLocalAddr())));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("The connection has no local address", e);
        }
    }

    private static String withoutBrackets(String address) {
        return address.startsWith("[") ? address.substring(1, address.length() - 1) : address;
    }
}
