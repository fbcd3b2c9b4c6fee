package org.kdcloudlet.hypervisor;

import java.nio.channels.ByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** A virtual machine of this host, from its start to its end. */
public interface Machine {
    UUID id();

    /** The request that this machine was started with; kept across adoption. */
    MachineRequest request();

    /** Which host port leads to which port of the guest. */
    List<PortForward> forwards();

    MachineState state();

    /** Completes, never exceptionally, at once when the machine ended for whatever reason. */
    CompletionStage<MachineExit> exit();

    /**
     * Waits until the service inside answers.
     *
     * @return how long it took, from the call on
     * @throws HypervisorException {@link HypervisorError#NOT_READY} after the deadline; {@link HypervisorError#MACHINE_FAILED} if
     *     the machine ended meanwhile. The machine is not stopped by either.
     */
    Duration awaitReady(Readiness readiness);

    /**
     * Ends the machine and removes what it wrote: asks the guest agent, then presses the power button, then kills, each with
     * its deadline. Returns when the process is gone. Does nothing when the machine ended before.
     */
    void stop(StopPolicy policy);

    /** Halts the guest's CPUs. Does nothing if it is paused. */
    void pause();

    /** Lets a paused guest go on, with its clock set right. Does nothing if it runs. */
    void resume();

    /**
     * Asks the guest of a machine made by {@link Hypervisor#prepare} to switch itself off: its agent, then the power button, each with
     * its deadline. Nothing is done by force.
     *
     * @return whether it is off; true at once when it was
     * @throws HypervisorException {@link HypervisorError#WRONG_STATE} if the machine has ended, or is one that ends with its guest
     */
    boolean powerOff(StopPolicy policy);

    /** Presses the reset button: the guest boots anew, whatever it did, also when it was off. */
    void restart();

    /**
     * Takes the CD-ROM out of the drive, whether the guest has locked it or not. Does nothing if the drive is empty.
     *
     * @throws HypervisorException {@link HypervisorError#WRONG_STATE} if there is no drive
     */
    void ejectCdrom();

    /** Writes memory and devices to disk and ends the process; {@link Hypervisor#wake} continues it. */
    SuspendedMachine suspend();

    /**
     * Writes the disk as it is at this moment, with all that is below it, as one qcow2 file without a backing file, while the machine
     * goes on or stands still. The file systems of a guest that runs and has an agent are made clean for that moment; the disk of another one that runs
     * is like after a power failure. What is in the file is the guest's word: import it like any image from outside, e.g. by {@link
     * DiskImages#takeImage}; the machine itself cannot change the file.
     *
     * @param target a new file, readable for the server alone and not synced to the disk; not there after a failure
     * @param progress told of bytes of the disk, about five times a second
     * @throws HypervisorException {@link HypervisorError#NO_SPACE} if the disk of the host is full, {@link HypervisorError#WRONG_STATE} if
     *     the machine has ended or its disk is being saved already, {@link HypervisorError#MACHINE_FAILED} if it ends meanwhile
     */
    void saveDisk(Path target, Progress progress);

    /**
     * Keeps memory, devices and disk as they are at this moment, beside the machine, which stands still meanwhile and then goes on as
     * before. {@link Hypervisor#restore} goes back to it. It is removed with the machine. A machine that stands still when the process
     * that takes the snapshot ends is let go on by {@link Hypervisor#adopt}.
     *
     * @param name see {@link MachineSnapshot#NAMES}
     * @param progress told of bytes of memory and disk; those of the memory that are not worth storing are never done
     * @throws HypervisorException {@link HypervisorError#NO_SPACE}; {@link HypervisorError#WRONG_STATE} if there is one of that name or
     *     the machine is to become a template. Whatever is thrown, the machine goes on and nothing is left of the attempt
     */
    MachineSnapshot takeSnapshot(String name, Progress progress);

    /** What the guest's screen shows, as PNG. */
    byte[] screenshot();

    /** What the machine uses at the moment. */
    MachineUsage usage();

    /**
     * Connects to the guest's screen and keyboard: a server of the RFB (VNC) protocol, RFC 6143, is at the other end. Reads and writes
     * block; closing it from any thread ends them. It ends with the machine.
     *
     * @throws HypervisorException {@link HypervisorError#WRONG_STATE} when the machine has ended, {@link HypervisorError#TIMEOUT} when
     *     nobody listened for 5 s, {@link HypervisorError#FAILED} when somebody else than the machine listens
     */
    ByteChannel openScreen();

    /**
     * Connects to the guest's serial port. Reading gives at once the last 16 KiB of what the guest wrote, as far as they are whole lines,
     * and then what it writes; whoever falls more than 256 KiB behind is told in a line how much was skipped. Writing returns when the
     * guest has what was written but for the last few KiB, and fails with a {@link java.net.SocketTimeoutException} when the guest takes
     * nothing for 10 s. Any number may be connected, and what several write at once comes one after the other. Reads and writes
     * block; closing it from any thread ends reads. It ends with the machine and with this process; what a guest
     * wrote since it began is shown, but for what it writes while no process watches.
     *
     * @throws HypervisorException {@link HypervisorError#WRONG_STATE} when the machine has ended
     */
    ByteChannel openSerialConsole();

    /** The last lines that the machine's process and the guest's serial console wrote, at most 64 KiB. */
    String log();
}
