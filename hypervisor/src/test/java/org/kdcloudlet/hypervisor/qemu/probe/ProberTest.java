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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.hypervisor.Bytes;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Probe;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.hypervisor.Readiness;

/** The probes against servers in this process; {@link ProberGuestTest} has them ask a real guest. */
class ProberTest {
    private static final GuestPort TCP = new GuestPort(Protocol.TCP, 8080);
    private static final GuestPort UDP = new GuestPort(Protocol.UDP, 8081);
    private static final Duration SOON = Duration.ofMillis(400);
    private static final Duration LATE = Duration.ofSeconds(60);

    private final AtomicInteger answered = new AtomicInteger(1);
    private final CompletableFuture<MachineExit> exit = new CompletableFuture<>();
    private ServerSocket listener;
    private DatagramSocket datagrams;
    private Prober prober;

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

    @Test
    void tcpWaitsForTheGuestToAccept() {
        answered.set(0);
        assertThat(notReady(new Probe.Tcp(TCP)).getMessage())
                .isEqualTo("The service did not become ready within 400 ms; last seen on TCP port 8080: no answer.");

        answered.set(1);
        prober.awaitReady(new Readiness(new Probe.Tcp(TCP), LATE));
    }

    @Test
    void tcpTellsAGuestThatRefusesFromOneThatClosesWhatItAccepted() {
        serve(Socket::close);
        answered.set(0);
        assertThat(notReady(new Probe.Tcp(TCP))).hasMessageContaining("connection refused by the guest");

        answered.set(1);
        prober.awaitReady(new Readiness(new Probe.Tcp(TCP), LATE));
    }

    @Test
    void tcpTakesBytesFromTheGuestForItsAnswer() {
        answered.set(0);
        serve(socket -> socket.getOutputStream().write('x'));

        prober.awaitReady(new Readiness(new Probe.Tcp(TCP), LATE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 302\r\n\r\n", "HTTP/1.1 204 No Content\nServer: x\n\n"})
    void httpTakesTheStatusesOfSuccess(String answer) {
        answer(answer);
        prober.awaitReady(new Readiness(http("/", List.of()), LATE));
    }

    @Test
    void httpSaysWhichStatusItSaw() {
        answer("HTTP/1.1 503 Not yet\r\n\r\n");
        assertThat(notReady(http("/", List.of()))).hasMessageContaining("TCP port 8080: HTTP 503.");
        assertThat(notReady(http("/", List.of(200)))).hasMessageContaining("HTTP 503");
        prober.awaitReady(new Readiness(http("/", List.of(200, 503)), LATE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH_9.2\r\n",
                "HTTP/1.1 2000 OK\r\n\r\n",
                "HTTP/1.1 600 X\r\n\r\n",
                "HTTP/2 200\r\n",
                "HTTP/1.1 200 OK"
            })
    void httpRefusesWhatIsNotHttp(String answer) {
        answer(answer);
        assertThat(notReady(http("/", List.of()))).hasMessageContaining("an answer that is not HTTP");
    }

    @Test
    void httpStopsReadingAnEndlessLine() {
        serve(socket -> {
            byte[] line = "HTTP/1.1 200 ".repeat(1000).getBytes(StandardCharsets.US_ASCII);
            while (true) {
                socket.getOutputStream().write(line);
            }
        });
        assertThat(notReady(http("/", List.of()))).hasMessageContaining("an answer that is not HTTP");
    }

    @Test
    void httpReadsAStatusThatComesByteByByte() {
        serve(socket -> {
            readRequest(socket);
            for (byte part : "HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII)) {
                socket.getOutputStream().write(part);
                socket.getOutputStream().flush();
            }
        });
        prober.awaitReady(new Readiness(http("/", List.of()), LATE));
    }

    @Test
    void httpSendsOneWellFormedRequest() {
        CompletableFuture<String> request = new CompletableFuture<>();
        serve(socket -> {
            request.complete(readRequest(socket));
            socket.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        });
        prober.awaitReady(new Readiness(http("/healthz?deep=1", List.of()), LATE));

        assertThat(request.join())
                .startsWith("GET /healthz?deep=1 HTTP/1.1\r\nHost: 127.0.0.1:" + listener.getLocalPort() + "\r\n")
                .endsWith("\r\nConnection: close\r\n\r\n");
    }

    @Test
    void givesAGuestThatAcceptedTimeToAnswer() {
        AtomicInteger requests = new AtomicInteger();
        CompletableFuture<Void> answerNow = new CompletableFuture<>();
        serve(socket -> {
            requests.incrementAndGet();
            readRequest(socket);
            answerNow
                    .completeOnTimeout(null, 1, java.util.concurrent.TimeUnit.SECONDS)
                    .join();
            socket.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        });
        prober.awaitReady(new Readiness(http("/", List.of()), LATE));

        assertThat(requests).hasValue(1);
    }

    @Test
    void exchangeFindsTheExpectedBytesAnywhere() {
        answer("220 welcome\r\n250-ready\r\n");
        prober.awaitReady(new Readiness(exchange(TCP, "EHLO\r\n\r\n", "ready"), LATE));

        assertThat(notReady(exchange(TCP, "EHLO\r\n\r\n", "other")))
                .hasMessageContaining("an answer of 24 bytes without the expected ones");
    }

    @Test
    void exchangeWorksOverUdp() {
        echoDatagrams();
        prober.awaitReady(new Readiness(exchange(UDP, "ping", "ping"), LATE));

        assertThat(notReady(exchange(UDP, "ping", "pong")))
                .hasMessageContaining("UDP port 8081: an answer of 4 bytes without the expected ones");
    }

    @Test
    void exchangeSeesThatNothingComesBackOverUdp() {
        assertThat(notReady(exchange(UDP, "ping", "pong"))).hasMessageContaining("UDP port 8081: no answer");
    }

    @Test
    void saysWhenThePortIsNotForwarded() throws IOException {
        listener.close();
        assertThat(notReady(new Probe.Tcp(TCP)))
                .hasMessageContaining("the host's port " + listener.getLocalPort() + " is not forwarded");
    }

    @Test
    void failsWhenTheMachineEndedBefore() {
        exit.complete(new MachineExit(false, "It was killed.", ""));
        assertMachineFailed(new Probe.Tcp(TCP));
    }

    @Test
    void failsAsSoonAsTheMachineEnds() {
        // The server ends the machine in the middle of an attempt over each transport, and never answers.
        serve(socket -> {
            exit.complete(new MachineExit(false, "It was killed.", ""));
            readRequest(socket);
        });
        assertMachineFailed(http("/", List.of()));
    }

    @Test
    void failsAsSoonAsTheMachineEndsOverUdp() {
        inBackground(() -> {
            datagrams.receive(new DatagramPacket(new byte[10], 10));
            exit.complete(new MachineExit(false, "It was killed.", ""));
        });
        assertMachineFailed(exchange(UDP, "ping", "pong"));
    }

    @Test
    void passesOnThatTheMonitorDoesNotAnswer() {
        serve(socket -> readRequest(socket));
        prober = new Prober(
                List.of(new PortForward(TCP, listener.getInetAddress(), listener.getLocalPort())),
                port -> {
                    throw new HypervisorException(HypervisorError.TIMEOUT, "QEMU did not answer");
                },
                exit);
        assertThat(notReady(new Probe.Tcp(TCP))).hasMessageContaining("QEMU did not answer");
    }

    @Test
    void letsGoWhenInterrupted() {
        Thread.currentThread().interrupt();
        answered.set(0);
        HypervisorException failure = failure(new Probe.Tcp(TCP), LATE);

        assertThat(failure.error()).isEqualTo(HypervisorError.FAILED);
        assertThat(Thread.interrupted()).isTrue();
    }

    private void assertMachineFailed(Probe probe) {
        HypervisorException failure = failure(probe, LATE);
        assertThat(failure.error()).isEqualTo(HypervisorError.MACHINE_FAILED);
        assertThat(failure).hasMessageContaining("It was killed.");
    }

    private HypervisorException notReady(Probe probe) {
        HypervisorException failure = failure(probe, SOON);
        assertThat(failure.error()).isEqualTo(HypervisorError.NOT_READY);
        return failure;
    }

    private HypervisorException failure(Probe probe, Duration deadline) {
        return catchThrowableOfType(HypervisorException.class, () -> prober.awaitReady(new Readiness(probe, deadline)));
    }

    private static Probe http(String path, List<Integer> statuses) {
        return new Probe.Http(TCP, path, statuses);
    }

    private static Probe exchange(GuestPort port, String send, String expect) {
        return new Probe.Exchange(port, bytes(send), bytes(expect));
    }

    private static Bytes bytes(String text) {
        return Bytes.of(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void answer(String text) {
        serve(socket -> {
            readRequest(socket);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        });
    }

    /** Reads up to the empty line, as every client of these tests sends one. */
    private static String readRequest(Socket socket) throws IOException {
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

    private interface Conversation {
        void serve(Socket socket) throws IOException;
    }

    private interface Work {
        void run() throws IOException;
    }

    private void serve(Conversation conversation) {
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

    private void echoDatagrams() {
        inBackground(() -> {
            DatagramPacket packet = new DatagramPacket(new byte[1024], 1024);
            while (true) {
                datagrams.receive(packet);
                datagrams.send(packet);
            }
        });
    }

    /** Ends when the sockets are closed after the test. */
    private static void inBackground(Work work) {
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
