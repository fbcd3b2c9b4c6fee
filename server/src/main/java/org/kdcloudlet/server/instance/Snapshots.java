package org.kdcloudlet.server.instance;

import java.util.List;
import java.util.UUID;
import org.kdcloudlet.hypervisor.MachineSnapshot;
import org.kdcloudlet.server.operation.Operation;

/**
 * Snapshots of instances: memory and disk of a moment, to go back to. They belong to their instance and go with it. Safe for use by
 * many threads; one thing at a time is done to an instance.
 */
public interface Snapshots {
    /** Kind of the operation of {@link #take}. */
    String TAKE = "snapshot.take";
    /** Kind of the operation of {@link #restore}. */
    String RESTORE = "snapshot.restore";

    /**
     * The snapshots of an instance, oldest first.
     *
     * @throws org.kdcloudlet.server.error.CloudletException INSTANCE_UNKNOWN
     */
    List<MachineSnapshot> list(UUID instance);

    /**
     * Keeps a ready or paused instance as it is. It stands still for that moment and goes on as before, whether that succeeds, fails or
     * is cancelled.
     *
     * @param name as {@link MachineSnapshot#NAMES} says
     * @return the operation, already running
     * @throws org.kdcloudlet.server.error.CloudletException INSTANCE_UNKNOWN; INVALID_VALUE for the name; CONFLICT when there is one of
     *     that name, as many as there may be, or the instance is in another state
     */
    Operation take(UUID instance, String name);

    /**
     * Has a ready, paused or suspended instance be as it was: same id, users, and host ports where they are still free; ready afterwards,
     * with the right time. If that fails it goes on as it was before, or, when not even that is possible, is suspended as it was.
     *
     * @return the operation, already running
     * @throws org.kdcloudlet.server.error.CloudletException INSTANCE_UNKNOWN, SNAPSHOT_UNKNOWN, or CONFLICT in another state
     */
    Operation restore(UUID instance, String name);

    /**
     * @throws org.kdcloudlet.server.error.CloudletException INSTANCE_UNKNOWN, SNAPSHOT_UNKNOWN
     */
    void remove(UUID instance, String name);
}
