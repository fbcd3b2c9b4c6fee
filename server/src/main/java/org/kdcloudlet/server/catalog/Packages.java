package org.kdcloudlet.server.catalog;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
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

    /** The name that the template of a package has beside it: {@code .template} in place of {@code .csvm}. */
    static String templateName(String name) {
        String without = name.endsWith(Csvm.SUFFIX) ? name.substring(0, name.length() - Csvm.SUFFIX.length()) : name;
        return without + TemplateManifest.SUFFIX;
    }

    /**
     * A file in the import folder.
     *
     * @param template whether a template of it seems to be beside it, under its name with {@code .template} in place of {@code .csvm}
     */
    record Candidate(String name, long bytes, boolean template) {}

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
     * @param template that was exported with it, told likewise; used in place of a boot when it fits this host and this cloudlet or
     *     one whose key is here has made it, else the operation's log says why not
     * @param name of the file, for people
     * @return the operation, already running; it fails with PACKAGE_INVALID, SERVICE_EXISTS, IMAGE_INVALID, STORAGE_FULL
     */
    Operation importPackage(InputFile file, Optional<InputFile> template, String name);

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
     * The same for a file of the import folder, and for the template beside it; both stay as they are.
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

    /**
     * Opens the template of that image for export, by which a host of the same kind can start the service without a boot. It has the
     * memory of a guest that was booted.
     *
     * @throws org.kdcloudlet.server.error.CloudletException SERVICE_UNKNOWN, SERVICE_WITHOUT_IMAGE, IMAGE_INVALID, STORAGE_FULL,
     *     STORAGE_UNUSABLE; CONFLICT when there is none that could be used elsewhere
     */
    Export exportTemplate(String serviceId);

    /** Whether {@link #exportTemplate} would have something to export now. */
    boolean hasTemplate(String serviceId);

    /** Whether there is an export folder. */
    boolean exportsToFolder();

    /**
     * Writes a package into the export folder. It is there once it is whole, and its template too.
     *
     * @param template whether the template goes beside it, {@link #exportTemplate}
     * @return the operation, already running; its result is the name of the file
     * @throws org.kdcloudlet.server.error.CloudletException SERVICE_UNKNOWN, SERVICE_WITHOUT_IMAGE; CONFLICT when no folder is
     *     configured, or it has a file of this name, or there is no template
     */
    Operation exportToFolder(String serviceId, boolean compressed, boolean template);
}
