package org.kdcloudlet.hypervisor;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * What a machine is started with.
 *
 * @param id names the machine; its folder, SMBIOS UUID, machine id and MAC address follow from it
 * @param hostName what the guest calls itself, for guests that take a name (RFC 1123 label)
 * @param spec the hardware. For a clone it must equal the template's
 * @param ports the guest's ports that the host forwards to
 * @param hostPorts where on the host they are reached
 * @param network what the guest may reach by itself
 * @param labels kept with the machine and given back when it is adopted
 */
public record MachineRequest(
        UUID id,
        String hostName,
        MachineSpec spec,
        List<GuestPort> ports,
        HostPorts hostPorts,
        NetworkAccess network,
        Map<String, String> labels) {
    public MachineRequest {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(spec, "spec");
        Objects.requireNonNull(hostPorts, "hostPorts");
        Objects.requireNonNull(network, "network");
        if (!hostName.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
            throw new IllegalArgumentException("Not a host name (RFC 1123 label): " + hostName);
        }
        ports = List.copyOf(ports);
        labels = Map.copyOf(labels);
    }
}
