package org.kdcloudlet.server.preparation;

import java.nio.channels.ByteChannel;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.operation.Operation;

/**
 * Images that operators prepare by hand: a machine on a copy of an image version or on a blank disk, in which the operator works by
 * its console, and which is saved as the next image version or discarded. One at a time for each service. Instances of the service
 * keep the image that they have. A preparation goes on over a restart of the server. Safe for use by many threads.
 *
 * <p>Services are named by the id that clients use; each method may throw SERVICE_UNKNOWN, and all but {@link #begin} and {@link
 * #find} PREPARATION_UNKNOWN.
 */
public interface Preparations {
    /** Kind of the operation of {@link #begin}. */
    String BEGIN = "preparation.begin";
    /** Kind of the operation of {@link #save}. */
    String SAVE = "preparation.save";

    /** All, oldest first. */
    List<Preparation> list();

    /** Names of the ISO files of the import folder that can be put into the CD-ROM drive, sorted. */
    List<String> cdroms();

    Optional<Preparation> find(String serviceId);

    Preparation get(String serviceId);

    /**
     * Begins one. It is on record at once; its machine runs when the operation has ended. If that fails or is cancelled, nothing is
     * left.
     *
     * @return the operation, already running
     * @throws org.kdcloudlet.server.error.CloudletException INVALID_VALUE, IMAGE_VERSION_UNKNOWN, IMAGE_INVALID; CONFLICT when one is under
     *     way for this service; NO_ROOM
     */
    Operation begin(String serviceId, Preparation.Start start);

    /**
     * Saves it: asks the guest to switch itself off unless it is off, saves its disk as the next image version, ends its machine,
     * and makes the template as after an import; then the service is started from it. Until the disk is saved, a failure or a cancel
     * leaves the preparation as it is; afterwards the version stays, and the operation says what is wrong with it.
     *
     * @param force whether the guest is not asked: its disk is saved as it is, like after a power failure
     * @return the operation, already running; it fails with CONFLICT when the guest does not switch itself off within 3 minutes
     * @throws org.kdcloudlet.server.error.CloudletException CONFLICT when it is being saved, has failed or does not run yet
     */
    Operation save(String serviceId, boolean force);

    /**
     * Ends it and removes what was done in it. What is under way for it is cancelled before.
     *
     * @throws org.kdcloudlet.server.error.CloudletException CONFLICT when its disk was saved just now
     */
    void discard(String serviceId);

    /**
     * Boots the guest anew, also when it is off.
     *
     * @throws org.kdcloudlet.server.error.CloudletException CONFLICT when it is being saved, has failed or does not run yet
     */
    Preparation restart(String serviceId);

    /** Takes the CD-ROM out. Does nothing when there is none. Errors as {@link #restart}. */
    Preparation eject(String serviceId);

    /** What the screen shows, as PNG. Errors as {@link #restart}. */
    byte[] screenshot(String serviceId);

    /** Connects to screen and keyboard (RFB, RFC 6143). Errors as {@link #restart}. */
    ByteChannel openScreen(String serviceId);

    /** Notes that somebody looks at it. Does nothing when there is none. */
    void attend(String serviceId);

    /** Why a service's preparation needs its operator, and what to do, in a sentence. */
    Optional<String> attention(Preparation preparation);
}
