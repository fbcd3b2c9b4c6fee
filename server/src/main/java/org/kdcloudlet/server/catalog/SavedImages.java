package org.kdcloudlet.server.catalog;

import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.kdcloudlet.server.operation.OperationContext;

/**
 * Makes images of disks that the server saves itself, as a part of another operation. The file in between is beside the images, and
 * gone when it was used, however that ended.
 */
public final class SavedImages {
    private final ImageFiles files;
    private final Import version;
    private final PackagedImport service;
    private final Runnable sweep;

    /** Imports a disk as the next version of a service and prepares it. */
    @FunctionalInterface
    interface Import {
        void run(OperationContext context, Service service, Path disk);
    }

    /**
     * @param version imports the next version of a service
     * @param service imports the first version of a service that is added with it
     * @param sweep removes what no version needs
     */
    SavedImages(ImageFiles files, Import version, PackagedImport service, Runnable sweep) {
        this.files = files;
        this.version = version;
        this.service = service;
        this.sweep = sweep;
    }

    /**
     * Imports a disk as the next version of a service.
     *
     * @param save writes a qcow2 image without a backing file to a file that is not there yet
     */
    public void asVersion(OperationContext context, Service known, Consumer<Path> save) {
        use(save, disk -> version.run(context, known, disk));
    }

    /** {@link #asVersion} as the first version of a service that is added with it. */
    public void asService(OperationContext context, ServiceDefinition definition, Consumer<Path> save) {
        use(
                save,
                disk -> service.run(
                        context, definition, new PackagedImport.Disk(disk, Optional.empty(), Optional.empty())));
    }

    private void use(Consumer<Path> save, Consumer<Path> use) {
        Path disk = files.folder().resolve("saved-" + UUID.randomUUID());
        try {
            files.importing(() -> {
                save.accept(disk);
                use.accept(disk);
                return disk;
            });
        } finally {
            ImageFiles.remove(disk);
            sweep.run();
        }
    }
}
