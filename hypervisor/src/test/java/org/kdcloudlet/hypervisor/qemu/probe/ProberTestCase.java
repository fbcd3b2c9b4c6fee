package org.kdcloudlet.hypervisor.qemu.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.kdcloudlet.hypervisor.Bytes;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Probe;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.hypervisor.Readiness;

/** A prober whose ports lead to servers in this process; the test says what the guest is to have accepted. */
abstract class ProberTestCase {
    static final GuestPort TCP = new GuestPort(Protocol.TCP, 8080);
    static final GuestPort UDP = new GuestPort(Protocol.UDP, 8081);
    static final Duration SOON = Duration.ofMillis(400);
    static final Duration LATE = Duration.ofSeconds(60);

    final AtomicInteger answered = new AtomicInteger(1);
    final CompletableFuture<MachineExit> exit = new CompletableFuture<>();
    ServerSocket listener;
    DatagramSocket datagrams;
    Prober prober;

    @BeforeEach
    void listen() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        listener = new ServerSocket(0, 50, loopback);
        datagrams = new DatagramSocket(0, loopback);
        prober = new Prober(
                List.of(
                        new PortForward(TCP, InetAddress.getByAddress(new byte[4]), listener.getLocalPort()),
                        new PortForward(UDP, loopback, datagrams.getLocalPort())),
                port -> answered.get(),
                exit);
    }

    @AfterEach
    void close() throws IOException {
        listener.close();
        datagrams.close();
    }

    void assertNotReady(Probe probe, String seen) {
        assertNotReady(prober, probe, seen);
    }

    /** Asks as long as it takes to see it: on a busy machine even what answers at once does not answer within a short deadline. */
    static void assertNotReady(Prober prober, Probe probe, String seen) {
        Duration deadline = SOON;
        HypervisorException failure = failure(prober, probe, deadline);
        while (!failure.getMessage().contains(seen) && deadline.compareTo(LATE) < 0) {
            deadline = deadline.multipliedBy(2);
            failure = failure(prober, probe, deadline);
        }
        assertThat(failure.error()).isEqualTo(HypervisorError.NOT_READY);
        assertThat(failure).hasMessageContaining(seen);
    }

    HypervisorException failure(Probe probe, Duration deadline) {
        return failure(prober, probe, deadline);
    }

    private static HypervisorException failure(Prober prober, Probe probe, Duration deadline) {
        return catchThrowableOfType(HypervisorException.class, () -> prober.awaitReady(new Readiness(probe, deadline)));
    }

    static Probe http(String path, List<Integer> statuses) {
        return new Probe.Http(TCP, path, statuses);
    }

    static Probe exchange(GuestPort port, String send, String expect) {
        return new Probe.Exchange(port, bytes(send), bytes(expect));
    }

    private static Bytes bytes(String text) {
        return Bytes.of(text.getBytes(StandardCharsets.US_ASCII));
    }

    void answer(String text) {
        serve(socket -> {
            readRequest(socket);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        });
    }

    /** Reads up to the empty line, as every client of these tests sends one. */
    static String readRequest(Socket socket) throws IOException {
        StringBuilder request = new StringBuilder();
        while (request.indexOf("\r\n\r\n") < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                break;
            }
            request.append((char) next);
        }
        return request.toString();
    }

    interface Conversation {
        void serve(Socket socket) throws IOException;
    }

    interface Work {
        void run() throws IOException;
    }

    void serve(Conversation conversation) {
        inBackground(() -> {
            while (true) {
                Socket socket = listener.accept();
                inBackground(() -> {
                    try (socket) {
                        conversation.serve(socket);
                    }
                });
            }
        });
    }

    void echoDatagrams() {
        inBackground(() -> {
            DatagramPacket packet = new DatagramPacket(new byte[1024], 1024);
            while (true) {
                datagrams.receive(packet);
                datagrams.send(packet);
            }
        });
    }

    /** Ends when the sockets are closed after the test. */
    static void inBackground(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException closed) {
                Thread.currentThread().interrupt();
            }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
