package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineState;
import org.kdcloudlet.hypervisor.qemu.protocol.GuestAgent;
import org.kdcloudlet.hypervisor.qemu.protocol.Json;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A guest whose file systems are clean on its disk and hold still for a moment, by its agent ({@code guest-fsfreeze-freeze}, QEMU
 * Guest Agent Protocol Reference). A guest that does not run, has no agent or refuses is as it is: its disk is then what it would
 * find after a power failure. That a guest holds still is noted in a file, so that a server that ends here does not leave it so.
 */
final class FrozenFileSystems {
    private static final Logger LOG = LoggerFactory.getLogger(FrozenFileSystems.class);
    private static final String NOTE = "frozen";
    private static final Duration AGENT_DEADLINE = Duration.ofSeconds(2);
    private static final Duration FREEZE_DEADLINE = Duration.ofSeconds(15);
    private static final Duration THAW_DEADLINE = Duration.ofSeconds(15);

    private final RunningQemu qemu;
    private final boolean asked;

    private FrozenFileSystems(RunningQemu qemu, boolean asked) {
        this.qemu = qemu;
        this.asked = asked;
    }

    static FrozenFileSystems freeze(QemuMachine machine) {
        RunningQemu qemu = machine.qemu();
        Optional<GuestAgent> agent = qemu.guest().agent();
        if (machine.state() != MachineState.RUNNING
                || agent.isEmpty()
                || !agent.get().answers(AGENT_DEADLINE)) {
            return new FrozenFileSystems(qemu, false);
        }
        try {
            Files.writeString(note(qemu), "");
            agent.get().execute("guest-fsfreeze-freeze", Json.object(), FREEZE_DEADLINE);
        } catch (IOException | HypervisorException e) {
            LOG.info("Machine {}: its file systems could not be held still: {}", machine.id(), e.getMessage());
        }
        return new FrozenFileSystems(qemu, true);
    }

    /** Lets a guest go on that an earlier server left so. */
    static void thawLeftover(RunningQemu qemu) {
        if (Files.exists(note(qemu))) {
            new FrozenFileSystems(qemu, true).thaw();
        }
    }

    /** Lets the guest write again. */
    void thaw() {
        if (!asked) {
            return;
        }
        try {
            GuestAgent agent = qemu.guest().agent().orElseThrow();
            agent.execute("guest-fsfreeze-thaw", Json.object(), THAW_DEADLINE);
            Files.deleteIfExists(note(qemu));
        } catch (IOException | HypervisorException e) {
            LOG.warn(
                    "{}: the guest was not told to go on writing: {}",
                    qemu.folder().path(),
                    e.getMessage());
        }
    }

    private static Path note(RunningQemu qemu) {
        return qemu.folder().path().resolve(NOTE);
    }
}
