package org.kdcloudlet.hypervisor.qemu;

import java.time.Duration;
import java.util.Optional;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.kdcloudlet.hypervisor.qemu.protocol.GuestAgent;
import org.kdcloudlet.hypervisor.qemu.protocol.Json;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a guest to switch itself off: by its agent, by the power button, whichever is first to work. */
final class ShutDownGuest {
    private static final Logger LOG = LoggerFactory.getLogger(ShutDownGuest.class);
    private static final Duration COMMAND_DEADLINE = Duration.ofSeconds(5);
    /** A guest that is still booting does not notice the power button, so it is pressed again. */
    private static final Duration PRESS_AGAIN = Duration.ofSeconds(3);

    private final QemuMachine machine;
    private final StopPolicy policy;

    ShutDownGuest(QemuMachine machine, StopPolicy policy) {
        this.machine = machine;
        this.policy = policy;
    }

    /** Tells whether the guest is off when the deadlines of the policy have passed, or before. */
    boolean run() {
        return machine.isDown() || byAgent() || byPowerButton();
    }

    private boolean byAgent() {
        Optional<GuestAgent> agent = machine.qemu().guest().agent();
        if (policy.agent().isZero() || agent.isEmpty()) {
            return false;
        }
        Deadline deadline = Deadline.in(policy.agent());
        try {
            wakeUp();
            agent.get().send("guest-shutdown", Json.object(), policy.agent());
            return machine.awaitDown(deadline.remaining());
        } catch (HypervisorException e) {
            LOG.info("Machine {} was not stopped by its agent: {}", machine.id(), e.getMessage());
            return machine.isDown();
        }
    }

    private boolean byPowerButton() {
        if (policy.powerButton().isZero()) {
            return false;
        }
        Deadline deadline = Deadline.in(policy.powerButton());
        try {
            wakeUp();
            do {
                machine.qemu().qmp().execute("system_powerdown", COMMAND_DEADLINE);
                if (machine.awaitDown(shorter(PRESS_AGAIN, deadline.remaining()))) {
                    return true;
                }
            } while (!deadline.passed());
            return false;
        } catch (HypervisorException e) {
            if (machine.qemu().qmp().closed().isDone()) {
                return machine.awaitDown(COMMAND_DEADLINE); // it ended between two presses
            }
            LOG.info("Machine {} was not stopped by the power button: {}", machine.id(), e.getMessage());
            return false;
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** A guest whose CPUs stand still cannot shut down. */
    private void wakeUp() {
        if (!machine.qemu().watch().cpusRun()) {
            machine.qemu().qmp().execute("cont", COMMAND_DEADLINE);
        }
    }
}
