package org.kdcloudlet.hypervisor.qemu;

import java.time.Duration;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineState;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends a machine: by asking the guest, then by force. */
final class StopMachine {
    private static final Logger LOG = LoggerFactory.getLogger(StopMachine.class);
    private static final Duration KILL_DEADLINE = Duration.ofSeconds(30);

    private final QemuMachine machine;
    private final StopPolicy policy;

    StopMachine(QemuMachine machine, StopPolicy policy) {
        this.machine = machine;
        this.policy = policy;
    }

    void run() {
        if (machine.state() == MachineState.ENDED) {
            return;
        }
        machine.planEnd(new MachineEnd.Planned("Stopped", false));
        boolean down = new ShutDownGuest(machine, policy).run();
        if (machine.state() != MachineState.ENDED) {
            kill(down);
        }
    }

    private void kill(boolean down) {
        if (!down && (!policy.agent().isZero() || !policy.powerButton().isZero())) {
            LOG.warn("Machine {} did not shut down when it was asked to, and is killed", machine.id());
            machine.planEnd(new MachineEnd.Planned("Killed: it did not shut down when it was asked to", false));
        }
        machine.qemu().process().kill();
        if (!machine.awaitEnd(KILL_DEADLINE)) {
            throw new HypervisorException(
                    HypervisorError.TIMEOUT,
                    "QEMU of machine " + machine.id() + " (process "
                            + machine.qemu().process().pid() + ") does not end");
        }
    }
}
