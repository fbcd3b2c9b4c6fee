package org.kdcloudlet.client;

import java.net.InetAddress;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A cloudlet as it was found: by {@link CloudletFinder}, or from an address or QR code by {@link #parse(String)}. Immutable;
 * what is heard later makes another one. Two are equal when they are known by the same name at the same places; when they
 * were heard of does not matter.
 */
public final class Cloudlet {
    /** The port of the device API when nothing else is said (spec/device-api.md). */
    public static final int DEFAULT_PORT = 9999;

    private final String instanceName;
    private final String host;
    private final List<InetAddress> addresses;
    private final int port;
    private final boolean encryption;
    private final Instant firstHeard;
    private final Instant lastHeard;

    /** For the finder and the parser of this package; {@code addresses} may be empty when {@code host} is a name. */
    Cloudlet(
            String instanceName,
            String host,
            List<InetAddress> addresses,
            int port,
            boolean encryption,
            Instant firstHeard,
            Instant lastHeard) {
        this.instanceName = instanceName;
        this.host = host;
        this.addresses = Collections.unmodifiableList(new ArrayList<>(addresses));
        this.port = port;
        this.encryption = encryption;
        this.firstHeard = firstHeard;
        this.lastHeard = lastHeard;
    }

    /**
     * Reads an address that somebody typed ({@code 192.0.2.1}, {@code 192.0.2.1:9999}, {@code [2001:db8::1]:9999},
     * {@code ridge.local}) or the content of a QR code ({@code cloudlet://192.0.2.1:9999?name=ridge&encryption=disabled}).
     * Looks nothing up on the network: a name is resolved with each call.
     *
     * @param text at most 512 characters
     * @return the cloudlet that is said to be there
     * @throws CloudletAddressException if it is neither
     */
    public static Cloudlet parse(String text) {
        return CloudletAddress.parse(text);
    }

    /**
     * By this the cloudlet is known to people and to the credential store: the last word of its instance name
     * (spec/discovery.md).
     *
     * @return never empty
     */
    public String name() {
        return instanceName.substring(instanceName.lastIndexOf(' ') + 1);
    }

    /**
     * The whole name of its DNS-SD instance. Differs from {@link #name()} after a name clash: {@code 2 ridge}.
     *
     * @return never empty
     */
    public String instanceName() {
        return instanceName;
    }

    /**
     * Where to reach it, as text: its first address, or the host name that was typed.
     *
     * @return without brackets
     */
    public String host() {
        return host;
    }

    /**
     * Its addresses, IPv4 first. IPv6 link-local addresses have their scope.
     *
     * @return unmodifiable; empty when all that is known is a host name
     */
    public List<InetAddress> addresses() {
        return addresses;
    }

    /**
     * The port of its device API.
     *
     * @return 1 to 65535
     */
    public int port() {
        return port;
    }

    /**
     * Whether its device API takes encrypted commands only, for which the device has to be paired.
     *
     * @return true for encrypted mode
     */
    public boolean isEncrypted() {
        return encryption;
    }

    /**
     * When this finder first heard of it, or when the address was read.
     *
     * @return by this device's clock
     */
    public Instant firstHeard() {
        return firstHeard;
    }

    /**
     * When this finder last heard of it, or when the address was read.
     *
     * @return by this device's clock
     */
    public Instant lastHeard() {
        return lastHeard;
    }

    /**
     * What to put into a QR code from which {@link #parse(String)} makes this cloudlet again.
     *
     * @return {@code cloudlet://ADDRESS:PORT?name=NAME&encryption=enabled|disabled}
     */
    public URI toUri() {
        return CloudletAddress.toUri(this);
    }

    /** The same cloudlet, heard of when {@code earlier} was too. */
    Cloudlet since(Optional<Cloudlet> earlier) {
        Instant first = earlier.map(Cloudlet::firstHeard).orElse(firstHeard);
        return new Cloudlet(instanceName, host, addresses, port, encryption, first, lastHeard);
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Cloudlet)) {
            return false;
        }
        Cloudlet that = (Cloudlet) other;
        return instanceName.equals(that.instanceName)
                && host.equals(that.host)
                && addresses.equals(that.addresses)
                && port == that.port
                && encryption == that.encryption;
    }

    @Override
    public int hashCode() {
        return Objects.hash(instanceName, host, port);
    }

    @Override
    public String toString() {
        String place = CloudletAddress.hostAndPort(host, port);
        return instanceName.equals(host) ? place : instanceName + " at " + place;
    }
}
