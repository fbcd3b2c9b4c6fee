package org.kdcloudlet.server.preparation;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.PreparationMedia;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.server.catalog.ImageService;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.instance.MachineRoom;
import org.kdcloudlet.server.operation.OperationContext;
import org.kdcloudlet.server.preparation.Preparation.Start;

/** Makes the machine of a preparation. It has the hardware of the service's instances, and none of their ports. */
final class BeginPreparation {
    static final String ROLE = "PREPARATION";

    private static final int NAME_LENGTH = 12;
    private static final long MIB = 1L << 20;

    private final Hypervisor hypervisor;
    private final ImageService images;
    private final MachineRoom room;
    private final PreparationRegistry registry;
    private final PreparationEnds ends;
    private final HostPorts ports;

    BeginPreparation(
            Hypervisor hypervisor,
            ImageService images,
            MachineRoom room,
            PreparationRegistry registry,
            PreparationEnds ends,
            HostPorts ports) {
        this.hypervisor = hypervisor;
        this.images = images;
        this.room = room;
        this.registry = registry;
        this.ends = ends;
        this.ports = ports;
    }

    /** If it does not come to the end, nothing is left, neither of the machine nor on record. */
    void run(OperationContext context, Service service, LivePreparation preparation, Optional<Path> cdrom) {
        try (Reverter undo = new Reverter()) {
            undo.add("end preparation " + preparation.id(), () -> ends.end(preparation));
            context.step("start the machine");
            room.take(preparation.id(), service.definition().machine());
            PreparationMedia media = new PreparationMedia(disk(service, preparation.start()), cdrom);
            Machine machine = hypervisor.prepare(request(service, preparation), media, context.progress());
            preparation.attach(machine);
            context.commit();
            registry.repository().begun(preparation.id());
            if (!preparation.attended()) {
                throw new CancellationException("It was ended meanwhile");
            }
            ends.watch(preparation, machine);
            undo.commit();
        }
        ends.tell("begun", preparation, "was begun");
    }

    private PreparationMedia.Disk disk(Service service, Start start) {
        return start.version()
                .<PreparationMedia.Disk>map(version -> new PreparationMedia.Existing(images.image(service, version)))
                .orElseGet(() -> new PreparationMedia.Blank(start.blankMib() * MIB));
    }

    private MachineRequest request(Service service, LivePreparation preparation) {
        UUID id = preparation.id();
        return new MachineRequest(
                id,
                "prep-" + id.toString().replace("-", "").substring(0, NAME_LENGTH),
                service.definition().machine(),
                List.of(),
                ports,
                preparation.start().network(),
                Map.of("role", ROLE, "service", service.id()));
    }
}
