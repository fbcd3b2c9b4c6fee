package org.kdcloudlet.server.catalog;

import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.server.operation.OperationContext;

/** Starts a service once, to see whether it comes up; nothing is kept of the machine. Its ports are open to this host only. */
final class StartTrial {
    private final Hypervisor hypervisor;
    private final ImageFiles files;
    private final HostPorts ports;

    StartTrial(Hypervisor hypervisor, ImageFiles files, HostPorts ports) {
        this.hypervisor = hypervisor;
        this.files = files;
        this.ports = ports;
    }

    /**
     * Boots an image whose instances are not cloned.
     *
     * @throws org.kdcloudlet.hypervisor.HypervisorException when the service did not answer, or the machine did not run
     */
    void booted(OperationContext context, Service service, ImageVersion version) {
        context.step("boot the image and wait for the service");
        run(context, service, request -> hypervisor.boot(request, files.image(version)));
    }

    /** {@link #booted} with a clone of a template, which is wanted by nobody else yet. */
    void cloned(OperationContext context, Service service, Template template) {
        context.step("clone the template and wait for the service");
        run(context, service, request -> hypervisor.clone(request, template));
    }

    private void run(OperationContext context, Service service, Function<MachineRequest, Machine> start) {
        MachineRequest request = request(service, ports, "trial");
        try (Reverter stop = new Reverter()) {
            Machine machine = start.apply(request);
            stop.add("stop machine " + request.id(), () -> machine.stop(StopPolicy.KILL));
            context.onCancel(() -> machine.stop(StopPolicy.KILL));
            machine.awaitReady(service.definition().readiness());
        }
    }

    /**
     * A machine of a service that is no instance: to try it, or to make its template.
     *
     * @param purpose what its name begins with
     */
    static MachineRequest request(Service service, HostPorts ports, String purpose) {
        ServiceDefinition definition = service.definition();
        UUID id = UUID.randomUUID();
        return new MachineRequest(
                id,
                purpose + "-" + id.toString().substring(0, 8),
                definition.machine(),
                definition.ports(),
                ports,
                definition.network(),
                Map.of("role", "template", "service", service.id()));
    }
}
