package org.kdcloudlet.hypervisor.qemu;

import java.util.concurrent.CompletableFuture;
import org.kdcloudlet.hypervisor.qemu.probe.UserNetworkConnections;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.kdcloudlet.hypervisor.qemu.protocol.QmpConnection;

/**
 * A QEMU process and everything that connects us to it.
 *
 * @param guest what leads into the guest
 * @param consoleDrained completes when the last of its serial port's output was logged
 */
record RunningQemu(
        MachineFolder folder,
        QemuProcess process,
        QmpConnection qmp,
        MachineWatch watch,
        GuestChannels guest,
        CompletableFuture<Void> consoleDrained) {
    /** What its user networking holds at the moment. */
    UserNetworkConnections network(Deadline deadline) {
        return UserNetworkConnections.parse(deadline.get(qmp.humanMonitor("info usernet"), "list its connections"));
    }

    /** Lets go of it; it runs on. */
    void disconnect() {
        qmp.close();
        guest.close();
    }
}
