package org.kdcloudlet.server.catalog;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.DiskImages;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.server.operation.OperationContext;

/**
 * Adds a service together with its image, and has it come up once. A service that does not come up is kept, with what to do next
 * on record: its guest may be one in which something has to be started by hand (spec/csvm.md).
 */
final class PackagedImport {
    /** What it works with. */
    record Parts(
            CatalogService catalog,
            Hypervisor hypervisor,
            Supplier<CatalogSettings> settings,
            VersionStore versions,
            ImageFiles files,
            Templates templates,
            TemplateKeeper keeper,
            ImageEviction eviction,
            StartTrial trial,
            TemplateImport carried) {}

    private final Parts parts;

    PackagedImport(Parts parts) {
        this.parts = parts;
    }

    /**
     * A disk image that is taken over.
     *
     * @param sha256 taken while it was written, lowercase hex; empty to have it read for that
     * @param template that was carried here with it, to be used if it can be; stays as it is
     */
    record Disk(Path file, Optional<String> sha256, Optional<Path> template) {}

    void run(OperationContext context, ServiceDefinition definition, Disk disk) {
        context.step("check the image");
        parts.eviction().makeRoom();
        try (Reverter undo = new Reverter()) {
            ImageVersion version = parts.files().importing(() -> add(context, definition, disk, undo));
            context.result(definition.serviceId());
            parts.keeper().tell("image.imported", version, "was imported");
            try {
                comeUp(context, version, disk.template());
            } catch (CancellationException e) {
                throw e;
            } catch (RuntimeException e) {
                context.checkCancelled();
                needAttention(context, version, String.valueOf(e.getMessage()));
            }
            undo.commit();
        }
    }

    /** The image first: nothing is on record before it is whole. */
    private ImageVersion add(OperationContext context, ServiceDefinition definition, Disk disk, Reverter undo) {
        DiskImages images = parts.hypervisor().images();
        Path folder = parts.files().folder();
        DiskImages.ImageLimits limits = parts.settings().get().imageLimits();
        DiskImage image = disk.sha256()
                .map(known ->
                        images.takeImage(disk.file(), known, DiskFormat.QCOW2, folder, limits, context.progress()))
                .orElseGet(() -> images.takeImage(disk.file(), DiskFormat.QCOW2, folder, limits, context.progress()));
        ImageVersion version = parts.versions().addWithService(definition, image);
        undo.add("remove service " + definition.serviceId(), () -> remove(version.service()));
        return version;
    }

    private void remove(String id) {
        parts.catalog().byId(id).ifPresent(known -> parts.catalog().delete(known.serviceId(), true));
    }

    private void comeUp(OperationContext context, ImageVersion version, Optional<Path> template) {
        Consumer<Service> takeOver =
                service -> template.ifPresent(file -> parts.carried().run(context, file, service, version));
        if (service(version).definition().cloned()) {
            try {
                parts.keeper().prepare(context, version.service(), version, takeOver, unused -> false);
                return;
            } catch (HypervisorException e) {
                if (e.error() != HypervisorError.AGENT_MISSING) {
                    throw e;
                }
                context.log("Its guest has no agent, so each instance is booted from the image.");
                Service service = service(version);
                ServiceDefinition booted = service.definition().toBuilder()
                        .cloned(false)
                        .poolSize(0)
                        .build();
                parts.catalog().edit(service.serviceId(), booted);
            }
        } else {
            takeOver.accept(service(version));
        }
        tryAgain(context, service(version), version);
    }

    /** Boots the image once, and forgets its problem when the service comes up. */
    void tryAgain(OperationContext context, Service service, ImageVersion version) {
        parts.trial().booted(context, service, version);
        settle(version, TemplateState.NONE, Optional.empty());
        parts.keeper().prepare(context, service.id(), version, unused -> false);
    }

    private void needAttention(OperationContext context, ImageVersion version, String why) {
        String problem = "Needs attention: the service does not come up by itself (" + why
                + "). Open the console, start the service, save.";
        settle(version, TemplateState.FAILED, Optional.of(problem));
        parts.keeper().tell("image.attention", version, "does not come up by itself");
        context.log(problem);
    }

    private void settle(ImageVersion version, TemplateState state, Optional<String> problem) {
        Service service = service(version);
        parts.versions()
                .update(
                        version,
                        known -> known.withTemplate(
                                state, Optional.of(parts.templates().key(service, known)), problem));
    }

    private Service service(ImageVersion version) {
        return parts.catalog().byId(version.service()).orElseThrow(TemplateKeeper::removedMeanwhile);
    }
}
