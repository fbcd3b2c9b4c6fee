package org.kdcloudlet.server.catalog;

import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;

/**
 * The images that services are started from. An image is copied in by content and never used in place; each import is a new
 * version of the service's image. Safe for use by many threads.
 */
public interface Images {
    /** Kind of the operation of {@link #importImage}. */
    String IMPORT = "image.import";
    /** Kind of the operation of {@link #store}. */
    String STORE = "image.store";
    /** Kind of the operation of {@link #prepare}. */
    String PREPARE = "image.prepare";

    /**
     * An image to be imported.
     *
     * @param file told how the operation ended
     * @param format what the operator says it is; empty to have it found out
     */
    record ImageSource(InputFile file, Optional<DiskFormat> format) {}

    /**
     * Imports an image as a new version and makes its template. The service switches to it when the template is ready, or at
     * once when it has no other; if no template can be made, the operation fails and the version stays for another
     * {@link #prepare}. Cancelling leaves nothing of the version.
     *
     * @return the operation, already running
     * @throws org.kdcloudlet.server.error.CloudletException SERVICE_UNKNOWN
     */
    Operation importImage(String serviceId, ImageSource source);

    /**
     * Imports an image as a new version that is neither prepared nor used: for an operator who prepares it by hand. The result of the
     * operation is its number. Cancelling leaves nothing of the version.
     *
     * @return the operation, already running
     * @throws org.kdcloudlet.server.error.CloudletException SERVICE_UNKNOWN
     */
    Operation store(String serviceId, ImageSource source);

    /**
     * Why a service needs its operator, and what to do, in a few sentences: when the image that it is started from did not come up.
     */
    Optional<String> attention(Service service);

    /** All versions of a service's image, newest first. */
    List<ImageVersion> versions(String serviceId);

    /**
     * Makes the template of a version anew if it has none, then switches the service to the version.
     *
     * @return the operation, already running
     * @throws org.kdcloudlet.server.error.CloudletException SERVICE_UNKNOWN, IMAGE_VERSION_UNKNOWN, or CONFLICT while one runs for it
     */
    Operation prepare(String serviceId, int version);

    /**
     * Switches a service to another version at once, for instance back to an older one. Running instances keep theirs.
     *
     * @throws org.kdcloudlet.server.error.CloudletException SERVICE_UNKNOWN, IMAGE_VERSION_UNKNOWN, or IMAGE_INVALID when its file is broken
     */
    Service use(String serviceId, int version);

    /**
     * Removes a version with its template; the image file too when no other version has the same content.
     *
     * @throws org.kdcloudlet.server.error.CloudletException SERVICE_UNKNOWN, IMAGE_VERSION_UNKNOWN, or IMAGE_VERSION_IN_USE
     */
    void remove(String serviceId, int version);
}
