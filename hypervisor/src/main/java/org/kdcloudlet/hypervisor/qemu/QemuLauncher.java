package org.kdcloudlet.hypervisor.qemu;

import java.io.File;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.qemu.host.QemuInstallation;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;
import org.kdcloudlet.hypervisor.qemu.protocol.GuestAgent;
import org.kdcloudlet.hypervisor.qemu.protocol.IdentityPort;
import org.kdcloudlet.hypervisor.qemu.protocol.QmpConnection;
import org.kdcloudlet.hypervisor.qemu.protocol.UnixSockets;

/**
 * Starts QEMU as a process that does not share the server's life: in a session of its own, with files for outputs, without rights,
 * bounded in files, and with the machine's {@code run} as its working directory; then connects to it.
 */
final class QemuLauncher {
    private static final Duration START_DEADLINE = Duration.ofSeconds(60);
    private static final Duration CONNECT_INTERVAL = Duration.ofMillis(1);
    private static final Duration KILL_DEADLINE = Duration.ofSeconds(10);
    private static final List<String> STARTERS = List.of("setsid", "prlimit", "setpriv");
    private static final int OPEN_FILES = 4096;
    private static final long FILE_MARGIN = 256L << 20;

    private final QemuInstallation installation;
    private final OptionalInt deviceGroup;
    private final ConsoleLogs consoles;

    /**
     * @param deviceGroup the group that may open /dev/kvm, if QEMU has to
     */
    QemuLauncher(QemuInstallation installation, OptionalInt deviceGroup, ConsoleLogs consoles) {
        this.installation = installation;
        this.deviceGroup = deviceGroup;
        this.consoles = consoles;
    }

    /**
     * What to start.
     *
     * @param arguments of QEMU
     * @param input what QEMU reads as its standard input; it need not be able to open it itself
     * @param maxFileBytes no file of QEMU's gets longer
     * @param takesOver whether QEMU waits for a saved state, in which no answer of the guest's agent was under way
     */
    record Launch(
            UUID id,
            MachineFolder folder,
            List<String> arguments,
            Optional<Path> input,
            long maxFileBytes,
            Optional<UnprivilegedUser> user,
            boolean takesOver) {
        static Launch booting(
                UUID id,
                MachineFolder folder,
                List<String> arguments,
                long maxFileBytes,
                Optional<UnprivilegedUser> user) {
            return new Launch(id, folder, arguments, Optional.empty(), maxFileBytes, user, false);
        }

        static Launch takingOver(
                UUID id,
                MachineFolder folder,
                List<String> arguments,
                Path state,
                long maxFileBytes,
                Optional<UnprivilegedUser> user) {
            return new Launch(id, folder, arguments, Optional.of(state), maxFileBytes, user, true);
        }
    }

    /** The longest file that a machine may need: its memory or its disk, with some room for what describes it. */
    static long maxFileBytes(MachineSpec spec, Disks disks) {
        long memory = (long) spec.memoryMib() << 20;
        return Math.max(memory, disks.virtualBytes() + disks.virtualBytes() / 8) + FILE_MARGIN;
    }

    /**
     * Starts QEMU and connects to it; its guest stands still.
     *
     * @param undo gets what ends it again
     * @throws HypervisorException {@link HypervisorError#MACHINE_FAILED} with the last line that it wrote, if it ended
     */
    RunningQemu start(Launch launch, DeviceSet devices, Reverter undo) {
        Deadline deadline = Deadline.in(START_DEADLINE);
        QemuProcess process = spawn(launch);
        undo.add("end QEMU of machine " + launch.id(), () -> {
            process.kill();
            process.awaitEnd(KILL_DEADLINE);
        });
        MachineWatch watch = new MachineWatch(launch.id());
        try {
            return connect(launch.id(), launch.folder(), process, watch, devices, launch.takesOver(), deadline, undo);
        } catch (HypervisorException e) {
            throw explained(e, launch.folder(), process);
        }
    }

    /** File names of QEMU and of the programs that a process is before it becomes QEMU. */
    Set<String> programs() {
        Set<String> names =
                new HashSet<>(Set.of(installation.system().getFileName().toString()));
        try {
            names.add(installation.system().toRealPath().getFileName().toString());
            for (String tool : STARTERS) {
                names.add(installation.tool(tool).toRealPath().getFileName().toString());
            }
            return Set.copyOf(names);
        } catch (IOException e) {
            throw Failures.of("Could not look at QEMU's program", e);
        }
    }

    /** Connects to a QEMU that runs. */
    RunningQemu connect(
            UUID id,
            MachineFolder folder,
            QemuProcess process,
            MachineWatch watch,
            DeviceSet devices,
            boolean agentInStep,
            Deadline deadline,
            Reverter undo) {
        QmpConnection qmp =
                QmpConnection.connect(folder.run(MachineFolder.QMP), shortName(id), process.listener(), deadline);
        undo.add("close QMP of machine " + id, qmp::close);
        qmp.onEvent(watch::accept);
        SerialPort serialPort = consoles.add(connect(folder, MachineFolder.CONSOLE, process, deadline), folder);
        undo.add("close console of machine " + id, serialPort::close);
        GuestChannels guest = guestChannels(folder, process, devices, agentInStep, deadline);
        undo.add("close channels into machine " + id, guest::close);
        return new RunningQemu(folder, process, qmp, watch, guest, serialPort);
    }

    private static GuestChannels guestChannels(
            MachineFolder folder, QemuProcess process, DeviceSet devices, boolean agentInStep, Deadline deadline) {
        return switch (devices) {
            case VIRTIO ->
                new GuestChannels(
                        Optional.of(
                                new GuestAgent(connect(folder, MachineFolder.AGENT, process, deadline), agentInStep)),
                        Optional.of(new IdentityPort(connect(folder, MachineFolder.IDENTITY, process, deadline))));
            case LEGACY -> GuestChannels.NONE;
        };
    }

    private static SocketChannel connect(MachineFolder folder, String name, QemuProcess process, Deadline deadline) {
        return UnixSockets.connect(folder.run(name), process.listener(), CONNECT_INTERVAL, deadline);
    }

    private QemuProcess spawn(Launch launch) {
        ProcessBuilder builder = new ProcessBuilder(command(launch));
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        builder.environment().put("LC_ALL", "C");
        builder.directory(launch.folder().run().toFile());
        builder.redirectInput(launch.input().map(Path::toFile).orElse(new File("/dev/null")));
        builder.redirectOutput(
                ProcessBuilder.Redirect.appendTo(launch.folder().processLog().toFile()));
        builder.redirectErrorStream(true);
        try {
            return QemuProcess.of(builder.start());
        } catch (IOException e) {
            throw Failures.of("Could not start QEMU", e);
        }
    }

    private List<String> command(Launch launch) {
        List<String> command =
                new ArrayList<>(List.of(installation.tool("setsid").toString()));
        command.addAll(List.of(
                installation.tool("prlimit").toString(),
                "--core=0",
                "--nofile=" + OPEN_FILES,
                "--fsize=" + launch.maxFileBytes()));
        if (launch.user().isPresent()) {
            command.addAll(launch.user().get().command(installation.tool("setpriv"), deviceGroup));
        } else {
            command.addAll(List.of(installation.tool("setpriv").toString(), "--no-new-privs"));
        }
        command.add(installation.system().toString());
        command.addAll(launch.arguments());
        return command;
    }

    /** Adds what QEMU itself wrote last, if it ended. */
    private static HypervisorException explained(
            HypervisorException failure, MachineFolder folder, QemuProcess process) {
        if (failure.error() != HypervisorError.MACHINE_FAILED || !process.awaitEnd(KILL_DEADLINE)) {
            return failure;
        }
        String[] lines = folder.logTail().strip().split("\n");
        return new HypervisorException(
                HypervisorError.MACHINE_FAILED, process.ending() + ": " + lines[lines.length - 1].strip(), failure);
    }

    private static String shortName(UUID id) {
        return id.toString().substring(0, 8);
    }
}
