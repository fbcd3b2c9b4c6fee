package org.kdcloudlet.hypervisor.qemu;

import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.kdcloudlet.hypervisor.qemu.probe.UserNetworkConnections;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.kdcloudlet.hypervisor.qemu.protocol.QmpConnection;
import org.kdcloudlet.hypervisor.qemu.protocol.UnixSockets;

/**
 * A QEMU process and everything that connects us to it.
 *
 * @param guest what leads into the guest
 * @param serialPort that of the guest
 */
record RunningQemu(
        MachineFolder folder,
        QemuProcess process,
        QmpConnection qmp,
        MachineWatch watch,
        GuestChannels guest,
        SerialPort serialPort) {
    private static final Duration CONNECT_INTERVAL = Duration.ofMillis(20);

    /** What its user networking holds at the moment. */
    UserNetworkConnections network(Deadline deadline) {
        return UserNetworkConnections.parse(deadline.get(qmp.humanMonitor("info usernet"), "list its connections"));
    }

    /** A new connection to its screen, to it and nobody else. */
    SocketChannel screen(Deadline deadline) {
        return UnixSockets.connect(folder.run(MachineFolder.SCREEN), process.listener(), CONNECT_INTERVAL, deadline);
    }

    /** Lets go of it; it runs on. */
    void disconnect() {
        qmp.close();
        guest.close();
    }
}
