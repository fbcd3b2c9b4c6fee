package org.kdcloudlet.server.catalog;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.Probe;
import org.kdcloudlet.hypervisor.Readiness;

/**
 * What an operator says of a service. Made by {@link ServiceBuilder}, which checks everything; so a definition is always
 * valid.
 *
 * @param serviceId the id that clients use: 1 to 128 characters of {@code A-Z a-z 0-9 . _ -}, first a letter or digit
 * @param description at most 1000 characters
 * @param version of the service, as people call it; at most 100 characters
 * @param tags at most 50, of 1 to 100 characters each, without commas
 * @param ports 1 to 16 ports that the host forwards; clients are told the first
 * @param numUsers how many users share an instance; 0: instances are never shared
 * @param minMemory MB that the service needs, for clients only
 * @param idealMemory MB that the service would like, for clients only
 * @param machine the hardware of each instance
 * @param probe how to tell that the service answers
 * @param readyDeadline how long a boot may take until the service answers; 1 second to 1 hour
 * @param network what the guest may reach by itself; open where a port is UDP (docs/adr/0002)
 * @param cloned whether instances are clones of a template; else each is booted from the image, which takes seconds but needs no guest
 *     agent
 * @param poolSize how many clones are kept running for the next starts; 0 to 64
 * @param warmUps how often the probe is repeated before a template is saved; 0 to 100
 */
public record ServiceDefinition(
        String serviceId,
        String description,
        String version,
        List<String> tags,
        List<GuestPort> ports,
        int numUsers,
        Optional<Integer> minMemory,
        Optional<Integer> idealMemory,
        MachineSpec machine,
        Probe probe,
        Duration readyDeadline,
        NetworkAccess network,
        boolean cloned,
        int poolSize,
        int warmUps) {
    public ServiceDefinition {
        tags = List.copyOf(tags);
        ports = List.copyOf(ports);
    }

    /** The port that clients connect to. */
    public GuestPort port() {
        return ports.get(0);
    }

    /** Probe and deadline together. */
    public Readiness readiness() {
        return new Readiness(probe, readyDeadline);
    }

    public static ServiceBuilder builder() {
        return new ServiceBuilder();
    }

    /** A builder that starts from this definition: the way to edit a service. */
    public ServiceBuilder toBuilder() {
        return new ServiceBuilder(this);
    }
}
