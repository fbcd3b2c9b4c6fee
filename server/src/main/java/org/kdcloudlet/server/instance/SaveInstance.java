package org.kdcloudlet.server.instance;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.catalog.SavedImages;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.catalog.ServiceDefinition;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.error.HypervisorErrors;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationContext;
import org.kdcloudlet.server.operation.Operations;

/** Makes an image of the disk of an instance that goes on: the next version of its service, or the first of a new service. */
final class SaveInstance {
    private static final Duration DEADLINE = Duration.ofHours(2);

    private final InstanceControl control;
    private final Catalog catalog;
    private final SavedImages images;
    private final Admission admission;
    private final Operations operations;

    SaveInstance(
            InstanceControl control, Catalog catalog, SavedImages images, Admission admission, Operations operations) {
        this.control = control;
        this.catalog = catalog;
        this.images = images;
        this.admission = admission;
        this.operations = operations;
    }

    /** See {@link Instances#save}. */
    Operation begin(LiveInstance instance, Optional<String> newServiceId) {
        Service service = catalog.byId(instance.shown().service())
                .orElseThrow(() -> new CloudletException(
                        ErrorCode.SERVICE_UNKNOWN, "The service of instance " + instance.id() + " was removed"));
        control.runningMachine(instance);
        Optional<ServiceDefinition> copy = newServiceId.map(id -> copy(service, id));
        String target = instance.id().toString();
        return operations.start(Instances.SAVE, target, DEADLINE, context -> {
            Consumer<Path> save = disk -> save(context, instance, disk);
            if (copy.isPresent()) {
                images.asService(context, copy.get(), save);
            } else {
                images.asVersion(context, service, save);
            }
        });
    }

    private ServiceDefinition copy(Service service, String newId) {
        ServiceDefinition copy =
                service.definition().toBuilder().serviceId(newId).build();
        if (catalog.find(newId).isPresent()) {
            throw new CloudletException(
                    ErrorCode.SERVICE_EXISTS, "There is a service " + newId + " already; choose another id");
        }
        return copy;
    }

    private void save(OperationContext context, LiveInstance instance, Path disk) {
        context.step("save the disk");
        try {
            Machine machine = control.runningMachine(instance);
            admission.diskRefusal(machine.usage().diskBytes()).ifPresent(refusal -> {
                throw refusal;
            });
            machine.saveDisk(disk, context.progress());
        } catch (HypervisorException e) {
            throw HypervisorErrors.translate(e);
        }
    }
}
