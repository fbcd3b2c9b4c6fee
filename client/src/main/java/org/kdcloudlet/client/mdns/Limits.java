package org.kdcloudlet.client.mdns;

/** How much of what strangers say is kept, for each network interface. */
public final class Limits {
    private final int instances;
    private final int addresses;

    /**
     * Sets the limits.
     *
     * @param instances cloudlets at most, on one interface
     * @param addresses of one cloudlet at most, on one interface
     */
    public Limits(int instances, int addresses) {
        this.instances = instances;
        this.addresses = addresses;
    }

    int instances() {
        return instances;
    }

    int addresses() {
        return addresses;
    }
}
