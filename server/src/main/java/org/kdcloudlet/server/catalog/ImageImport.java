package org.kdcloudlet.server.catalog;

import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.server.catalog.Images.ImageSource;
import org.kdcloudlet.server.operation.OperationContext;

/** Brings images in as new versions of services, prepared at once or left for an operator to prepare. */
final class ImageImport {
    private final Hypervisor hypervisor;
    private final Supplier<CatalogSettings> settings;
    private final VersionStore versions;
    private final ImageFiles files;
    private final TemplateKeeper keeper;
    private final ImageEviction eviction;

    ImageImport(
            Hypervisor hypervisor,
            Supplier<CatalogSettings> settings,
            VersionStore versions,
            ImageFiles files,
            TemplateKeeper keeper,
            ImageEviction eviction) {
        this.hypervisor = hypervisor;
        this.settings = settings;
        this.versions = versions;
        this.files = files;
        this.keeper = keeper;
        this.eviction = eviction;
    }

    void importAndPrepare(OperationContext context, Service service, ImageSource source) {
        importAndPrepare(context, service, () -> copied(context, source));
    }

    /** {@link #importAndPrepare} of a disk that the server saved itself: it is taken over. */
    void importSaved(OperationContext context, Service service, Path disk) {
        importAndPrepare(context, service, () -> taken(context, disk));
    }

    /** @param image brings the image into the folder of images */
    private void importAndPrepare(OperationContext context, Service service, Supplier<DiskImage> image) {
        context.step("check and copy the image");
        eviction.makeRoom();
        try (Reverter undo = new Reverter()) {
            ImageVersion version = files.importing(() -> versions.add(service.id(), image.get()));
            undo.add("remove image version " + version.number(), () -> eviction.removeUnlessUsed(version));
            context.result(Integer.toString(version.number()));
            keeper.tell("image.imported", version, "was imported");
            try {
                prepareKept(context, version);
            } catch (CancellationException e) {
                throw e;
            } catch (RuntimeException e) {
                context.checkCancelled();
                undo.commit();
                throw e;
            }
            undo.commit();
        }
    }

    /** Brings an image in that an operator will prepare: it is neither booted nor used. */
    void store(OperationContext context, Service service, ImageSource source) {
        context.step("check and copy the image");
        eviction.makeRoom();
        ImageVersion version = files.importing(() -> {
            DiskImage image = copied(context, source);
            context.commit();
            return versions.addStored(service.id(), image);
        });
        context.result(Integer.toString(version.number()));
        keeper.tell("image.imported", version, "was imported, to be prepared by an operator");
    }

    private DiskImage copied(OperationContext context, ImageSource source) {
        return hypervisor
                .images()
                .importImage(
                        source.file().path(),
                        source.format(),
                        files.folder(),
                        settings.get().imageLimits(),
                        context.progress());
    }

    private DiskImage taken(OperationContext context, Path disk) {
        return hypervisor
                .images()
                .takeImage(
                        disk, DiskFormat.QCOW2, files.folder(), settings.get().imageLimits(), context.progress());
    }

    /** Takes over a disk that was saved from a machine, as a new version. */
    ImageVersion keep(OperationContext context, String service, Path disk) {
        context.step("check the saved disk");
        eviction.makeRoom();
        ImageVersion version = files.importing(() -> {
            DiskImage image = taken(context, disk);
            context.checkCancelled();
            return versions.addUnused(service, image);
        });
        context.result(Integer.toString(version.number()));
        keeper.tell("image.saved", version, "was saved from a machine");
        return version;
    }

    /** Makes the template of a version, and starts the service from it then unless a later one is in use; the version stays. */
    void prepareKept(OperationContext context, ImageVersion version) {
        keeper.prepare(
                context,
                version.service(),
                version,
                known -> known.imageVersion().orElse(0) < version.number());
    }
}
