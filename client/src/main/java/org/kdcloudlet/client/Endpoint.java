package org.kdcloudlet.client;

/** Where a service is to be reached. Immutable. */
public final class Endpoint {
    private final Cloudlet cloudlet;
    private final ServiceVm instance;

    /**
     * For apps that start instances without a session.
     *
     * @param cloudlet on which the instance was started
     * @param instance as it was handed out
     */
    public Endpoint(Cloudlet cloudlet, ServiceVm instance) {
        this.cloudlet = cloudlet;
        this.instance = instance;
    }

    /**
     * What to connect to: the instance's name when it has one, else its address, else that of its cloudlet.
     *
     * @return without brackets
     */
    public String host() {
        return instance.fqdn().orElseGet(() -> instance.ipAddress().orElseGet(cloudlet::host));
    }

    /**
     * The port to connect to.
     *
     * @return 1 to 65535
     */
    public int port() {
        return instance.port();
    }

    /**
     * The cloudlet on which the instance runs.
     *
     * @return as it was found
     */
    public Cloudlet cloudlet() {
        return cloudlet;
    }

    /**
     * The instance.
     *
     * @return as it was handed out
     */
    public ServiceVm instance() {
        return instance;
    }

    @Override
    public String toString() {
        return CloudletAddress.hostAndPort(host(), port()) + " on " + cloudlet.name();
    }
}
