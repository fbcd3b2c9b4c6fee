package org.kdcloudlet.server.instance;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.server.catalog.Service;

/** The forwarded ports of a machine, first the one that clients connect to. */
final class Forwards {
    private Forwards() {}

    /**
     * @param service as it is now; its first port comes first, if the machine still has it
     */
    static List<PortForward> ordered(Machine machine, Optional<Service> service) {
        return machine.forwards().stream()
                .sorted(Comparator.comparingInt(forward ->
                        service.filter(known -> known.definition().port().equals(forward.guest()))
                                        .isPresent()
                                ? 0
                                : 1))
                .toList();
    }
}
