package org.kdcloudlet.server.catalog;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;

/**
 * Services as files that can be carried to another cloudlet, this kind or the reference system: {@code .csvm} (spec/csvm.md).
 * Safe for use by many threads.
 */
public interface Packages {
    /** Kind of the operation of {@link #importPackage} and {@link #importFromFolder}. */
    String IMPORT = "package.import";
    /** Kind of the operation of {@link #exportToFolder}. */
    String EXPORT = "package.export";

    /** A file in the import folder. */
    record Candidate(String name, long bytes) {}

    /**
     * A disk image in the import folder.
     *
     * @param format by its first bytes; RAW when they say nothing
     */
    record ImageFile(String name, long bytes, DiskFormat format, Instant modified) {}

    /** A service about to be written; to be closed. What it holds open stays readable, whatever becomes of the service. */
    interface Export extends Closeable {
        /** A name for the file: letters, digits and {@code . _ -} only. */
        String fileName();

        /**
         * Writes the package; memory does not grow with it.
         *
         * @throws IOException when it cannot be written; what was written then is no package
         */
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Adds the service of a package, with its image; boots it, waits for the service and makes its template. When the service
     * does not come up, it is kept nevertheless and needs attention ({@link Images#attention}); anything else that goes wrong,
     * and a cancel, leaves nothing.
     *
     * @param file told how the operation ended
     * @param name of the file, for people
     * @return the operation, already running; it fails with PACKAGE_INVALID, SERVICE_EXISTS, IMAGE_INVALID, STORAGE_FULL
     */
    Operation importPackage(InputFile file, String name);

    /** The files of the import folder whose names end in {@code .csvm}, ordered by name; none when no folder is configured. */
    List<Candidate> candidates();

    /**
     * The files of the import folder that are named like disk images ({@code qcow2, raw, img, vmdk, vdi}), ordered by name; none when
     * no folder is configured.
     */
    List<ImageFile> images();

    /**
     * A file of the import folder, for {@link Images#importImage}.
     *
     * @throws org.kdcloudlet.server.error.CloudletException IMAGE_INVALID when there is no such file in it, or no folder
     */
    Path image(String name);

    /**
     * The same for a file of the import folder, which stays as it is.
     *
     * @throws org.kdcloudlet.server.error.CloudletException PACKAGE_INVALID when there is no such file in it, or no folder
     */
    Operation importFromFolder(String name);

    /**
     * Opens a service for export, with the image that new instances are started from. The package can be read by the reference
     * system.
     *
     * @param compressed by gzip; the reference system reads both
     * @throws org.kdcloudlet.server.error.CloudletException SERVICE_UNKNOWN, SERVICE_WITHOUT_IMAGE, IMAGE_INVALID, STORAGE_FULL
     */
    Export export(String serviceId, boolean compressed);

    /** Whether there is an export folder. */
    boolean exportsToFolder();

    /**
     * Writes a package into the export folder. It is there once it is whole.
     *
     * @return the operation, already running; its result is the name of the file
     * @throws org.kdcloudlet.server.error.CloudletException SERVICE_UNKNOWN, SERVICE_WITHOUT_IMAGE; CONFLICT when no folder is
     *     configured, or it has a file of this name
     */
    Operation exportToFolder(String serviceId, boolean compressed);
}
