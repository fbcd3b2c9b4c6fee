package org.kdcloudlet.server.instance;

import java.util.Map;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.server.catalog.ServiceDefinition;
import org.kdcloudlet.server.catalog.StartSource;

/** What is written on a machine, so that a later server can tell what it was for. */
final class MachineLabels {
    private static final String ROLE = "role";
    private static final String SERVICE = "service";
    private static final String SOURCE = "source";

    /** What a machine was made for. */
    enum Role {
        INSTANCE,
        POOL
    }

    private MachineLabels() {}

    static Map<String, String> of(Role role, StartSource source, HostPorts hostPorts) {
        return Map.of(ROLE, role.name(), SERVICE, source.service().id(), SOURCE, fingerprint(source, hostPorts));
    }

    /** Whether a machine waited in the pool of a service, the internal id of which is its label. */
    static boolean isPooled(Machine machine) {
        return Role.POOL.name().equals(machine.request().labels().get(ROLE));
    }

    static String service(Machine machine) {
        return machine.request().labels().getOrDefault(SERVICE, "");
    }

    /** Whether a machine is what a start from this source would make now. */
    static boolean isFrom(Machine machine, StartSource source, HostPorts hostPorts) {
        return fingerprint(source, hostPorts).equals(machine.request().labels().get(SOURCE));
    }

    /** Everything that a waiting clone cannot change any more. */
    private static String fingerprint(StartSource source, HostPorts hostPorts) {
        ServiceDefinition definition = source.service().definition();
        String template = source.template().map(known -> known.key().value()).orElse("none");
        return String.join(
                " ",
                Integer.toString(source.version().number()),
                template,
                definition.ports().toString(),
                definition.network().name(),
                hostPorts.toString());
    }
}
