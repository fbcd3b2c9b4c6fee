package org.kdcloudlet.hypervisor;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The virtual machines of this host.
 *
 * <p>Machines do not share the life of the process that started them: {@link #close()} lets go of them and leaves them
 * running, and the next hypervisor on the same folder finds them with {@link #adopt()}. All methods block until done or
 * until a deadline of theirs has passed, and throw {@link HypervisorException} when they cannot do what they say; then
 * nothing of the attempt is left behind.
 */
public interface Hypervisor extends AutoCloseable {
    /** What runs machines here, with which acceleration, and why. Does not block. */
    HypervisorStatus status();

    /** Checks and converts disk images. */
    DiskImages images();

    /**
     * Finds the machines that an earlier process left on this folder. To be called once; before it has returned nothing can be
     * started, woken or discarded: that is {@link HypervisorError#WRONG_STATE}.
     * Machines whose process is gone are reported as {@link Adoption#lost()} and their folders removed.
     */
    Adoption adopt();

    /** Boots a machine from an image into a private overlay. Returns as soon as it runs; see {@link Machine#awaitReady}. */
    Machine boot(MachineRequest request, DiskImage image);

    /** Like {@link #boot}, but such that {@link #freeze} can make a template of the machine. */
    Machine bootFreezable(MachineRequest request, DiskImage image);

    /**
     * Boots a machine that an operator prepares an image in. It is adopted like others, but outlives its guest: when that switches
     * itself off, the machine is {@link MachineState#POWERED_OFF} and its disk can be saved ({@link Machine#saveDisk}).
     *
     * @param progress told while a CD-ROM is copied for a machine that may not read the file itself
     */
    Machine prepare(MachineRequest request, PreparationMedia media, Progress progress);

    /**
     * Continues a copy of a template, memory and disk of its own, such that {@link #freeze} can make a new template of it:
     * the way to edit an image.
     */
    Machine edit(MachineRequest request, Template template);

    /**
     * Waits until the service of a machine made by {@link #bootFreezable} or {@link #edit} answers, has it answer some more so
     * that clones start warm, ends the machine and keeps its memory and disk as a template.
     *
     * @param warmUps how many times the probe is repeated after its first success
     * @throws HypervisorException {@link HypervisorError#NOT_READY} if the service did not answer, {@link
     *     HypervisorError#AGENT_MISSING} if the guest has no agent by which clones could get a time and identity of their own, or
     *     saving failed; the machine is then stopped and removed
     */
    Template freeze(Machine machine, Readiness readiness, int warmUps);

    /** The template with this key that is whole and was not changed behind our back, if there is one. */
    Optional<Template> template(TemplateKey key);

    /** All usable templates on this folder. */
    List<Template> templates();

    /** The key that a template of this image for this kind of machine would have on this host, now. */
    TemplateKey templateKey(DiskImage image, MachineSpec spec);

    /**
     * Opens the files of a template to be carried to another host.
     *
     * @throws HypervisorException {@link HypervisorError#TEMPLATE_INVALID} if it is gone or was changed
     */
    TemplateFiles open(Template template);

    /**
     * Takes over a template that was carried here, in place of one of its key. Its files are gone afterwards, whatever came of it.
     *
     * @param image that it was made from, imported here
     * @throws HypervisorException {@link HypervisorError#TEMPLATE_INVALID} if it was not made for this image on such a host, or its
     *     files are not those of a template; {@link HypervisorError#NO_SPACE} when the disk is full
     */
    Template take(CarriedTemplate carried, DiskImage image);

    /** Removes a template. Machines cloned from it are not disturbed. Does nothing if it is gone. */
    void remove(Template template);

    /**
     * Starts a copy-on-write clone of a template. On return it runs, with the right time, fresh entropy and an identity of its
     * own; whether its service answers is for {@link Machine#awaitReady} to say.
     */
    Machine clone(MachineRequest request, Template template);

    /** The machines that were put to sleep by {@link Machine#suspend}. */
    List<SuspendedMachine> suspended();

    /** Continues a suspended machine under the same id, on the host ports that it had where they are in the range and free. */
    Machine wake(UUID machineId, HostPorts hostPorts);

    /** The snapshots of a machine that runs or sleeps, oldest first; none if it is gone. */
    List<MachineSnapshot> snapshots(UUID machineId);

    /**
     * Continues a suspended machine, but from a snapshot: with the memory and the disk of then, and the right time. Ports are as with
     * {@link #wake}. The snapshot stays.
     *
     * @throws HypervisorException {@link HypervisorError#WRONG_STATE} if no such machine is suspended or there is no such snapshot, and
     *     whatever keeps a machine from running; it is then suspended as it was, with the memory and the disk that it had
     */
    Machine restore(UUID machineId, String snapshot, HostPorts hostPorts);

    /** Removes a snapshot. Does nothing if there is none of that name. */
    void removeSnapshot(UUID machineId, String name);

    /** Removes a suspended machine and what it kept, its snapshots too. Does nothing if there is none of that id. */
    void discardSuspended(UUID machineId);

    /** Lets go of all machines and leaves them running. */
    @Override
    void close();
}
