package org.kdcloudlet.client.mdns;

import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A cloudlet as it is known on one network interface. */
public final class Sighting {
    private final String instance;
    private final int port;
    private final boolean encryption;
    private final List<InetAddress> addresses;
    private final Instant lastHeard;

    Sighting(String instance, int port, boolean encryption, List<InetAddress> addresses, Instant lastHeard) {
        this.instance = instance;
        this.port = port;
        this.encryption = encryption;
        this.addresses = Collections.unmodifiableList(new ArrayList<>(addresses));
        this.lastHeard = lastHeard;
    }

    /**
     * The name of the DNS-SD instance.
     *
     * @return never empty, without control characters
     */
    public String instance() {
        return instance;
    }

    /**
     * The port of the device API.
     *
     * @return 1 to 65535
     */
    public int port() {
        return port;
    }

    /**
     * What the TXT record says.
     *
     * @return true for encrypted mode
     */
    public boolean encryption() {
        return encryption;
    }

    /**
     * The addresses heard of on this interface.
     *
     * @return never empty, unmodifiable
     */
    public List<InetAddress> addresses() {
        return addresses;
    }

    /**
     * When a record of it was heard last.
     *
     * @return by this device's clock
     */
    public Instant lastHeard() {
        return lastHeard;
    }
}
