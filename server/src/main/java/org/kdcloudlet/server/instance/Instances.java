package org.kdcloudlet.server.instance;

import java.nio.channels.ByteChannel;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.kdcloudlet.hypervisor.MachineUsage;
import org.kdcloudlet.server.operation.Operation;

/**
 * The Service VMs of this cloudlet. An instance that a call returned is on record: it survives a restart of the server. Safe
 * for use by many threads; starts and stops of the same service may run at once.
 */
public interface Instances {
    /** Kind of the operation of {@link #save}. */
    String SAVE = "instance.save";

    /**
     * Counts a user in on an instance of a service whose service answers.
     *
     * @param join whether an instance may be shared (spec/device-api.md): with a {@code numUsers} above 0 the user gets a ready
     *     instance that is not full, else waits for one that is starting and not full, else gets a new one
     * @throws org.kdcloudlet.server.error.CloudletException SERVICE_UNKNOWN, SERVICE_WITHOUT_IMAGE, NO_ROOM, PORTS_EXHAUSTED,
     *     NOT_READY, START_FAILED; nothing of the attempt is left then
     */
    Instance start(String serviceId, boolean join);

    /**
     * Counts a user out; the instance is stopped and removed when it was the last, unless somebody works at its console. Of a failed
     * instance the record stays.
     *
     * @throws org.kdcloudlet.server.error.CloudletException INSTANCE_UNKNOWN, STOP_FAILED
     */
    void stop(UUID id);

    /**
     * Stops and removes an instance whoever uses it; forgets a failed or suspended one.
     *
     * @throws org.kdcloudlet.server.error.CloudletException INSTANCE_UNKNOWN, STOP_FAILED
     */
    void remove(UUID id);

    /** All instances, starting and failed ones included, oldest first. */
    List<Instance> list();

    Optional<Instance> find(UUID id);

    /**
     * @throws org.kdcloudlet.server.error.CloudletException INSTANCE_UNKNOWN
     */
    Instance get(UUID id);

    /**
     * Notes that somebody works at the console of an instance, so that it does not count as idle, and is not ended when its last user leaves:
     * it goes on without users then, until nobody has worked there, and nobody was connected to it, for 5 minutes. What was noted ends
     * with the server. Does nothing if the instance is unknown.
     */
    void attend(UUID id);

    /** Notes that somebody asked about an instance, so that it does not count as idle. Does nothing if it is unknown. */
    void touch(UUID id);

    /**
     * Halts a ready instance; does nothing if it is paused.
     *
     * @throws org.kdcloudlet.server.error.CloudletException INSTANCE_UNKNOWN, CONFLICT
     */
    Instance pause(UUID id);

    /** Lets a paused instance go on; does nothing if it is ready. Errors as {@link #pause}. */
    Instance resume(UUID id);

    /** Writes a ready or paused instance to disk and ends its machine. Errors as {@link #pause}, and NO_ROOM. */
    Instance suspend(UUID id);

    /** Continues a suspended instance, on the host ports that it had where they are free. Errors as {@link #suspend}. */
    Instance wake(UUID id);

    /** The snapshots of instances. */
    Snapshots snapshots();

    /**
     * Makes an image of the disk of a ready or paused instance, which goes on: the next version of its service, to which that switches when
     * the version is prepared; or the first version of a new service, which is like the instance's but for its id.
     *
     * @return the operation, already running; its result is the number of the version or the id of the service
     * @throws org.kdcloudlet.server.error.CloudletException INSTANCE_UNKNOWN, SERVICE_UNKNOWN, CONFLICT in another state; INVALID_VALUE
     *     or SERVICE_EXISTS for the new id
     */
    Operation save(UUID id, Optional<String> newServiceId);

    /** The last that the machine and its serial console wrote, at most 64 KiB; also of a failed instance. */
    String log(UUID id);

    /** What the screen shows, as PNG. Errors as {@link #pause}. */
    byte[] screenshot(UUID id);

    /**
     * Connects to screen and keyboard (RFB, RFC 6143), as {@link org.kdcloudlet.hypervisor.Machine#openScreen} says. Errors as
     * {@link #pause}.
     */
    ByteChannel openScreen(UUID id);

    /** Connects to the serial port, as {@link org.kdcloudlet.hypervisor.Machine#openSerialConsole} says. Errors as {@link #pause}. */
    ByteChannel openSerialConsole(UUID id);

    /** What a machine uses now. Errors as {@link #pause}. */
    MachineUsage usage(UUID id);

    /** The pools of all services that want one. */
    List<PoolStatus> pools();

    Capacity capacity();

    /** Tells of all starts that end from now on. */
    void listen(StartListener listener);
}
