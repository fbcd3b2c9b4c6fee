package org.kdcloudlet.server.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.kdcloudlet.server.host.HostAddresses;
import org.kdcloudlet.server.host.announcement.Advertisement;
import org.kdcloudlet.server.host.announcement.DiscoveryMethod;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;

/** Cloudlets on the loopback interface that answer badly, and one that answers well. */
class HostilePeersTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String GOOD = "{\"memory_info\":{\"max_memory\":8,\"free_memory\":4},"
            + "\"cpu_info\":{\"max_cores\":2,\"usage\":12.5,\"speed\":\"2400.000\",\"cache\":512},"
            + "\"services\":[{\"service_id\":\"demo\",\"tags\":[]},{\"service_id\":\"bell\\u0007\",\"tags\":[]}]}";

    private final String suffix = Long.toString(ProcessHandle.current().pid());
    private final List<AutoCloseable> open = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        threads.shutdownNow();
    }

    @Test
    void whoAnswersBadlyIsSilentAndKeepsNobodyElseFromBeingAsked() throws IOException {
        AtomicInteger redirected = new AtomicInteger();
        int target = serve(exchange -> {
            redirected.incrementAndGet();
            reply(exchange, 200, GOOD);
        });
        announce("endless", serve(HostilePeersTest::endless));
        announce("drip", serve(HostilePeersTest::drip));
        announce("refuses", serve(exchange -> reply(exchange, 500, GOOD)));
        announce("nonsense", serve(exchange -> reply(exchange, 200, "{\"cpu_info\":7}")));
        announce("elsewhere", serve(exchange -> {
            exchange.getResponseHeaders().set("Location", "http://127.0.0.1:" + target + "/api/system");
            reply(exchange, 302, "");
        }));
        announce("boasts", serve(exchange -> reply(exchange, 200, GOOD.replace("12.5", "-12.5"))));
        announce("nobody", 1);
        announce("good", serve(exchange -> reply(exchange, 200, GOOD)));
        try (PeerDirectory directory =
                PeerDirectory.start(new PeerDirectory.Setup(List.of("lo"), OptionalInt.empty()))) {
            Awaitility.await().atMost(DEADLINE).untilAsserted(() -> {
                assertThat(state(directory, "good")).isEqualTo(List.of(PeerState.ANSWERING));
                for (String bad : List.of("endless", "drip", "refuses", "nonsense", "elsewhere", "boasts", "nobody")) {
                    assertThat(state(directory, bad)).as(bad).isIn(List.of(), List.of(PeerState.SILENT));
                }
            });
            Peer good = directory.list().stream()
                    .filter(peer -> peer.name().equals("good" + suffix))
                    .findFirst()
                    .orElseThrow();
            assertThat(good.services()).contains(List.of("demo"));
            assertThat(good.load().orElseThrow().usagePercent()).isEqualTo(12.5);
            assertThat(redirected).hasValue(0);
        }
    }

    @Test
    void itLeavesItselfOut() throws IOException {
        int port = serve(exchange -> reply(exchange, 200, GOOD));
        announce("self", port);
        announce("other", serve(exchange -> reply(exchange, 200, GOOD)));
        try (PeerDirectory directory =
                PeerDirectory.start(new PeerDirectory.Setup(List.of("lo"), OptionalInt.of(port)))) {
            Awaitility.await().atMost(DEADLINE).until(() -> state(directory, "other")
                    .contains(PeerState.ANSWERING));
            Awaitility.await().during(Duration.ofSeconds(2)).atMost(DEADLINE).until(() -> state(directory, "self")
                    .isEmpty());
        }
    }

    @Test
    void ofManyOnlyAHundredAreKept() throws IOException {
        try (PeerDirectory directory =
                        PeerDirectory.start(new PeerDirectory.Setup(List.of("lo"), OptionalInt.empty()));
                MulticastSocket socket = new MulticastSocket(null)) {
            NetworkInterface loopback = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(5353));
            socket.setNetworkInterface(loopback);
            Awaitility.await().atMost(DEADLINE).untilAsserted(() -> {
                flood(socket);
                assertThat(directory.list()).hasSize(100);
            });
            Awaitility.await().during(Duration.ofSeconds(1)).atMost(DEADLINE).untilAsserted(() -> {
                flood(socket);
                assertThat(directory.list()).hasSize(100);
            });
        }
    }

    /** Announces 130 cloudlets, ten in a packet. For half a minute, since nobody says goodbye for them. */
    private void flood(MulticastSocket socket) throws IOException {
        Name type = Name.fromConstantString("_cloudlet._tcp.local.");
        for (int first = 0; first < 130; first += 10) {
            Message message = new Message(0);
            message.getHeader().setFlag(Flags.QR);
            for (int number = first; number < first + 10; number++) {
                Name host = Name.fromString("many" + number + "x" + suffix, Name.fromConstantString("local."));
                Name instance = Name.fromString("many" + number + "x" + suffix, type);
                message.addRecord(new PTRRecord(type, DClass.IN, 30, instance), Section.ANSWER);
                message.addRecord(new SRVRecord(instance, DClass.IN, 30, 0, 0, 4711, host), Section.ANSWER);
                message.addRecord(new TXTRecord(instance, DClass.IN, 30, "encryption=enabled"), Section.ANSWER);
                message.addRecord(new ARecord(host, DClass.IN, 30, InetAddress.getLoopbackAddress()), Section.ANSWER);
            }
            byte[] bytes = message.toWire();
            socket.send(new DatagramPacket(bytes, bytes.length, new InetSocketAddress("224.0.0.251", 5353)));
        }
    }

    @Test
    void ofManyServicesOnlyFiveHundredAreKept() throws IOException {
        String many = IntStream.range(0, 600)
                .mapToObj(number -> "{\"service_id\":\"s" + number + "\",\"tags\":[]}")
                .collect(Collectors.joining(",", "\"services\":[", "]}"));
        announce("offers", serve(exchange -> reply(exchange, 200, GOOD.replaceAll("\"services\".*", many))));
        try (PeerDirectory directory =
                PeerDirectory.start(new PeerDirectory.Setup(List.of("lo"), OptionalInt.empty()))) {
            Awaitility.await().atMost(DEADLINE).until(() -> state(directory, "offers")
                    .contains(PeerState.ANSWERING));
            Peer peer = directory.list().stream()
                    .filter(one -> one.name().equals("offers" + suffix))
                    .findFirst()
                    .orElseThrow();
            assertThat(peer.services().orElseThrow()).hasSize(500).startsWith("s0", "s1");
        }
    }

    private List<PeerState> state(PeerDirectory directory, String name) {
        return directory.list().stream()
                .filter(peer -> peer.name().equals(name + suffix))
                .map(Peer::state)
                .toList();
    }

    private void announce(String name, int port) {
        open.add(Advertisement.start(
                new Advertisement.Setup(DiscoveryMethod.BUILT_IN, name + suffix, port),
                new HostAddresses(List.of("lo"))));
    }

    private int serve(HttpHandler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", handler);
        server.start();
        open.add(() -> server.stop(0));
        return server.getAddress().getPort();
    }

    private static void reply(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static void endless(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream body = exchange.getResponseBody()) {
            byte[] block = new byte[8192];
            while (!Thread.currentThread().isInterrupted()) {
                body.write(block);
            }
        }
    }

    /** A byte now and then, for ever. */
    private static void drip(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream body = exchange.getResponseBody()) {
            while (true) {
                body.write(' ');
                body.flush();
                Thread.sleep(200);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
