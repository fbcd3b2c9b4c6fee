package org.kdcloudlet.client;

import java.util.Optional;
import java.util.OptionalInt;
import org.kdcloudlet.client.http.MalformedReplyException;

/** A running instance of a service (SVM in spec/device-api.md). When it was handed out, the service inside has answered. Immutable. */
public final class ServiceVm {
    private final String id;
    private final String serviceId;
    private final boolean running;
    private final int port;
    private final Optional<String> ipAddress;
    private final Optional<String> fqdn;
    private final OptionalInt sshPort;

    private ServiceVm(Fields fields) throws MalformedReplyException {
        id = fields.string("_id");
        serviceId = fields.string("service_id");
        running = fields.bool("running");
        port = fields.port("port");
        ipAddress = fields.optionalString("ip_address");
        fqdn = fields.optionalString("fqdn");
        sshPort = fields.optionalPort("ssh_port");
    }

    static ServiceVm read(Fields fields) throws MalformedReplyException {
        return new ServiceVm(fields);
    }

    /**
     * What to stop it by.
     *
     * @return a UUID
     */
    public String id() {
        return id;
    }

    /**
     * The service that it runs.
     *
     * @return never empty
     */
    public String serviceId() {
        return serviceId;
    }

    /**
     * Whether it runs.
     *
     * @return true after a start
     */
    public boolean isRunning() {
        return running;
    }

    /**
     * The port to connect to.
     *
     * @return 1 to 65535
     */
    public int port() {
        return port;
    }

    /**
     * The address to connect to when there is no name.
     *
     * @return empty when the cloudlet does not say
     */
    public Optional<String> ipAddress() {
        return ipAddress;
    }

    /**
     * The name to connect to. It stays the same when the instance moves to another cloudlet.
     *
     * @return empty when the cloudlet gives no names
     */
    public Optional<String> fqdn() {
        return fqdn;
    }

    /**
     * The port of its SSH server.
     *
     * @return empty unless the operator opted in
     */
    public OptionalInt sshPort() {
        return sshPort;
    }

    @Override
    public String toString() {
        return id + " of " + serviceId;
    }
}
