package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.kdcloudlet.hypervisor.qemu.protocol.QmpConnection;

/**
 * Chooses host ports for forwards. A port is ours when QEMU could listen on it, not before: another program may take it between any
 * check and the use, and then the next one is tried. Ports of our own machines are remembered and not tried.
 */
final class HostPortPool {
    private static final Duration FORWARD_DEADLINE = Duration.ofSeconds(30);

    private final Set<Used> used = ConcurrentHashMap.newKeySet();

    private record Used(Protocol protocol, int port) {}

    /**
     * Forwards a port of the host to each of these ports of a guest.
     *
     * @param undo gets what gives the ports back
     * @throws HypervisorException {@link HypervisorError#PORTS_EXHAUSTED} if none is free
     */
    List<PortForward> forward(QmpConnection qmp, List<GuestPort> guestPorts, HostPorts range, Reverter undo) {
        return forward(qmp, guestPorts, range, List.of(), undo);
    }

    /**
     * The same for a machine that had host ports before.
     *
     * @param last ports that are used again if they are in the range and free, in the order of the guest's; empty if there are none
     */
    List<PortForward> forward(
            QmpConnection qmp, List<GuestPort> guestPorts, HostPorts range, List<Integer> last, Reverter undo) {
        Deadline deadline = Deadline.in(FORWARD_DEADLINE);
        List<PortForward> forwards = new ArrayList<>();
        undo.add("give back host ports", () -> release(forwards));
        boolean known = last.size() == guestPorts.size();
        for (int i = 0; i < guestPorts.size(); i++) {
            Optional<Integer> wanted = known ? Optional.of(last.get(i)) : Optional.empty();
            forwards.add(forward(qmp, guestPorts.get(i), range, wanted, deadline));
        }
        return List.copyOf(forwards);
    }

    /** Remembers the ports of a machine that was found running. */
    void use(Collection<PortForward> forwards) {
        forwards.forEach(forward -> used.add(new Used(forward.guest().protocol(), forward.hostPort())));
    }

    /** Gives ports back. */
    void release(Collection<PortForward> forwards) {
        forwards.forEach(forward -> used.remove(new Used(forward.guest().protocol(), forward.hostPort())));
    }

    /** The following port is tried when one is taken, so that ports of the range are all tried. */
    private PortForward forward(
            QmpConnection qmp, GuestPort guestPort, HostPorts range, Optional<Integer> wanted, Deadline deadline) {
        int count = range.last() - range.first() + 1;
        int start = wanted.filter(port -> port >= range.first() && port <= range.last())
                .map(port -> port - range.first())
                .orElseGet(() -> ThreadLocalRandom.current().nextInt(count));
        for (int i = 0; i < count; i++) {
            int port = range.first() + (start + i) % count;
            if (forward(qmp, guestPort, range, port, deadline)) {
                return new PortForward(guestPort, range.address(), port);
            }
        }
        throw exhausted(guestPort, range);
    }

    private boolean forward(QmpConnection qmp, GuestPort guestPort, HostPorts range, int port, Deadline deadline) {
        Used candidate = new Used(guestPort.protocol(), port);
        if (!used.add(candidate)) {
            return false;
        }
        boolean forwarded = false;
        try {
            forwarded = isUnshared(guestPort.protocol(), range.address(), port)
                    && listen(qmp, guestPort, range, port, deadline);
            return forwarded;
        } finally {
            if (!forwarded) {
                used.remove(candidate);
            }
        }
    }

    /** QEMU shares a UDP port with whoever shares it too, so that it may seem free when another QEMU has it. */
    private static boolean isUnshared(Protocol protocol, InetAddress address, int port) {
        return switch (protocol) {
            case TCP -> true;
            case UDP -> {
                try (DatagramSocket socket = new DatagramSocket(null)) {
                    socket.setReuseAddress(false);
                    socket.bind(new InetSocketAddress(address, port));
                    yield true;
                } catch (IOException e) {
                    yield false;
                }
            }
        };
    }

    private static boolean listen(
            QmpConnection qmp, GuestPort guestPort, HostPorts range, int port, Deadline deadline) {
        String protocol =
                switch (guestPort.protocol()) {
                    case TCP -> "tcp";
                    case UDP -> "udp";
                };
        String rule = protocol + ":" + range.address().getHostAddress() + ":" + port + "-:" + guestPort.port();
        return deadline.get(qmp.humanMonitor("hostfwd_add net0 " + rule), "forward a port")
                .isEmpty();
    }

    private static HypervisorException exhausted(GuestPort guestPort, HostPorts range) {
        try (ServerSocket any = new ServerSocket(0, 1, range.address())) {
            return new HypervisorException(
                    HypervisorError.PORTS_EXHAUSTED,
                    "No " + guestPort.protocol() + " port from " + range.first() + " to " + range.last()
                            + " is free on " + any.getInetAddress().getHostAddress());
        } catch (IOException e) {
            return new HypervisorException(
                    HypervisorError.FAILED,
                    "Cannot listen on " + range.address().getHostAddress() + ": " + e.getMessage()
                            + "; is it an address of this host?",
                    e);
        }
    }
}
