package org.kdcloudlet.server.catalog;

import java.util.Map;
import java.util.UUID;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.server.operation.OperationContext;

/** Boots an image whose instances are not cloned, to see whether its service comes up; nothing is kept of the machine. */
final class BootTrial {
    private final Hypervisor hypervisor;
    private final ImageFiles files;
    private final HostPorts ports;

    BootTrial(Hypervisor hypervisor, ImageFiles files, HostPorts ports) {
        this.hypervisor = hypervisor;
        this.files = files;
        this.ports = ports;
    }

    /**
     * @throws org.kdcloudlet.hypervisor.HypervisorException when the service did not answer, or the machine did not run
     */
    void run(OperationContext context, Service service, ImageVersion version) {
        ServiceDefinition definition = service.definition();
        UUID id = UUID.randomUUID();
        MachineRequest request = new MachineRequest(
                id,
                "trial-" + id.toString().substring(0, 8),
                definition.machine(),
                definition.ports(),
                ports,
                definition.network(),
                Map.of("role", "template", "service", service.id()));
        context.step("boot the image and wait for the service");
        try (Reverter stop = new Reverter()) {
            Machine machine = hypervisor.boot(request, files.image(version));
            stop.add("stop machine " + id, () -> machine.stop(StopPolicy.KILL));
            context.onCancel(() -> machine.stop(StopPolicy.KILL));
            machine.awaitReady(definition.readiness());
        }
    }
}
