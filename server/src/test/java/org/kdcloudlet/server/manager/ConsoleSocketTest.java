package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.manager.SocketVisitor.PATIENCE;
import static org.kdcloudlet.server.manager.SocketVisitor.send;
import static org.kdcloudlet.server.manager.SocketVisitor.sendInVain;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.hypervisor.testing.FakeScreen;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.manager.SocketVisitor.Received;
import org.kdcloudlet.server.manager.console.Consoles;

/** The WebSocket of consoles, on a whole server with a fake hypervisor: who gets in, what gets through, and how it ends. */
@Timeout(180)
class ConsoleSocketTest {
    private static final byte[] GREETING = "RFB 003.008\n\1\1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] KEY = {4, 1, 0, 0, 0, 0, 0, 65};
    private static final byte[] UPDATE = {3, 0, 0, 0, 0, 0, 1, 0, 1, 0};

    @TempDir
    private Path data;

    private TestServer server;
    private SocketVisitor visitor;
    private UUID instance;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.withManager(data, Map.of());
        visitor = new SocketVisitor(server);
        server.serve("demo", 0);
        instance = server.start("demo");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private WebSocket open(WebSocket.Listener listener, String cookie) {
        return visitor.open(
                listener, "/instances/" + instance + "/console/socket", "Cookie", cookie, "Origin", visitor.origin());
    }

    private FakeScreen screen(int index) {
        await().atMost(PATIENCE).until(() -> server.world().screens(instance).size() > index);
        return server.world().screens(instance).get(index);
    }

    @Test
    void nobodyWithoutASessionGetsToAScreen() throws Exception {
        String path = "/instances/" + instance + "/console/socket";
        String token = visitor.token("operator");
        assertThat(visitor.refusal(path, "Origin", visitor.origin())).isEqualTo(401);
        assertThat(visitor.refusal(path, "Origin", visitor.origin(), "Cookie", "cloudlet_session=guessed"))
                .isEqualTo(401);
        assertThat(visitor.refusal(path, "Origin", visitor.origin(), "Authorization", token))
                .isEqualTo(403);
        assertThat(server.world().screens(instance)).isEmpty();
    }

    @Test
    void foreignOriginsAndNoneAreRefused() throws Exception {
        String path = "/instances/" + instance + "/console/socket";
        String cookie = visitor.session("operator");
        assertThat(visitor.refusal(path, "Cookie", cookie, "Origin", "http://evil.example"))
                .isEqualTo(403);
        assertThat(visitor.refusal(path, "Cookie", cookie, "Origin", "null")).isEqualTo(403);
        assertThat(visitor.refusal(path, "Cookie", cookie)).isEqualTo(403);
        assertThat(server.world().screens(instance)).isEmpty();
        assertThat(visitor.refusal(path, "Cookie", cookie, "Origin", visitor.origin()))
                .isEqualTo(101);
    }

    @Test
    void unknownIdsAndWhatDoesNotRunAreRefused() throws Exception {
        String cookie = visitor.session("operator");
        for (String id : List.of("00000000-0000-0000-0000-000000000000", "nonsense", "%2e%2e")) {
            assertThat(visitor.refusal(
                            "/instances/" + id + "/console/socket", "Cookie", cookie, "Origin", visitor.origin()))
                    .as(id)
                    .isBetween(400, 404);
        }
        server.admin("POST", "/v1/instances/" + instance + "/suspend", "");
        assertThat(visitor.refusal(
                        "/instances/" + instance + "/console/socket", "Cookie", cookie, "Origin", visitor.origin()))
                .isEqualTo(409);
    }

    @Test
    void anOperatorSeesTypesAndIsOnRecord() throws Exception {
        Received received = new Received();
        WebSocket socket = open(received, visitor.session("operator"));
        FakeScreen screen = screen(0);
        screen.show(new byte[100_000]);
        await().atMost(PATIENCE).until(() -> received.count() == 100_000);
        send(socket, GREETING);
        send(socket, KEY);
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(screen.received()).startsWith(GREETING).endsWith(KEY));
        JsonNode entry = server.json(server.admin("GET", "/v1/audit?action=instances.console", ""))
                .path("entries")
                .get(0);
        assertThat(entry.path("actor").asText()).isEqualTo("operator");
        assertThat(entry.path("target").asText()).isEqualTo(instance.toString());
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        await().atMost(PATIENCE).until(() -> !screen.isOpen());
    }

    @Test
    void aViewerSeesAndCannotType() throws Exception {
        Received received = new Received();
        WebSocket socket = open(received, visitor.session("viewer"));
        FakeScreen screen = screen(0);
        screen.show(new byte[10]);
        await().atMost(PATIENCE).until(() -> received.count() == 10);
        send(socket, GREETING);
        send(socket, KEY);
        send(socket, UPDATE);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(screen.received())
                .hasSize(GREETING.length + UPDATE.length)
                .startsWith(GREETING)
                .endsWith(UPDATE));
        send(socket, new byte[] {99});
        assertThat(received.status()).isEqualTo(1008);
    }

    @Test
    void anOperatorAtTheScreenHoldsAnInstanceThatItsDeviceLeavesAndAViewerDoesNot() throws Exception {
        open(new Received(), visitor.session("operator"));
        screen(0);
        assertThat(server.device("/api/servicevm/stop?instanceId=" + instance).status())
                .isEqualTo(200);
        assertThat(server.json(server.admin("GET", "/v1/instances/" + instance, ""))
                        .path("users")
                        .asInt(-1))
                .isZero();

        instance = server.start("demo");
        WebSocket looking = open(new Received(), visitor.session("viewer"));
        send(looking, GREETING);
        send(looking, KEY);
        send(looking, UPDATE);
        FakeScreen screen = screen(0);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(screen.received())
                .as("what came after the key")
                .endsWith(UPDATE));
        assertThat(server.device("/api/servicevm/stop?instanceId=" + instance).status())
                .isEqualTo(200);
        assertThat(server.admin("GET", "/v1/instances/" + instance, "").status())
                .isEqualTo(404);
    }

    @Test
    void aConsoleEndsWithItsMachineAndOpensAgain() throws Exception {
        String cookie = visitor.session("operator");
        Received received = new Received();
        open(received, cookie);
        screen(0).end();
        assertThat(received.status()).isEqualTo(1000);
        Received again = new Received();
        open(again, cookie);
        screen(1);
        server.admin("DELETE", "/v1/instances/" + instance, "");
        assertThat(again.status()).isEqualTo(1000);
    }

    @Test
    void aConsoleEndsWithItsSessionAndWithTheRole() throws Exception {
        Received viewing = new Received();
        open(viewing, visitor.session("viewer"));
        screen(0);
        server.admin("PATCH", "/v1/users/viewer", "{\"role\":\"operator\"}");
        assertThat(viewing.status()).isEqualTo(1008);
        Received received = new Received();
        open(received, visitor.session("operator"));
        screen(1);
        for (JsonNode session :
                server.json(server.admin("GET", "/v1/sessions", "")).path("sessions")) {
            server.admin("DELETE", "/v1/sessions/" + session.path("id").asText(), "");
        }
        assertThat(received.status()).isEqualTo(1008);
        assertThat(screen(1).isOpen()).isFalse();
    }

    @Test
    void consolesAreBoundedAndOneThatFailsTakesNoRoom() throws Exception {
        String cookie = visitor.session("operator");
        server.world().failNext(FakeCall.OPEN_SCREEN, HypervisorError.TIMEOUT);
        Received failed = new Received();
        open(failed, cookie);
        assertThat(failed.status()).isEqualTo(1013);
        List<WebSocket> sockets = new ArrayList<>();
        for (int i = 0; i < Consoles.MAX_CONSOLES; i++) {
            sockets.add(open(new Received(), cookie));
            screen(i);
        }
        Received tooMany = new Received();
        open(tooMany, cookie);
        assertThat(tooMany.status()).isEqualTo(1013);
        sockets.get(0).sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        await().atMost(PATIENCE).until(() -> !screen(0).isOpen());
        await().atMost(PATIENCE).until(() -> {
            Received another = new Received();
            open(another, cookie);
            return server.world().screens(instance).size() > Consoles.MAX_CONSOLES;
        });
    }

    @Test
    void whatIsTooLongOrTextEndsTheConsole() throws Exception {
        String cookie = visitor.session("operator");
        Received large = new Received();
        WebSocket first = open(large, cookie);
        sendInVain(first, new byte[200_000]);
        assertThat(large.status()).isEqualTo(1009);
        Received text = new Received();
        open(text, cookie).sendText("hello", true).join();
        assertThat(text.status()).isEqualTo(1003);
    }

    @Test
    @Tag("long")
    void aBrowserThatDoesNotReadHoldsTheMachinesScreenBack() throws Exception {
        open(
                new WebSocket.Listener() {
                    @Override
                    public void onOpen(WebSocket socket) {
                        // and never asks for more
                    }
                },
                visitor.session("operator"));
        FakeScreen screen = screen(0);
        AtomicLong shown = new AtomicLong();
        AtomicBoolean cutOff = new AtomicBoolean();
        byte[] part = new byte[1 << 16];
        long everything = 256L << 20;
        Thread machine = new Thread(() -> {
            try {
                while (shown.get() < everything) {
                    screen.show(part);
                    shown.addAndGet(part.length);
                }
            } catch (IOException e) {
                cutOff.set(true);
            }
        });
        machine.start();
        // It is closed for taking nothing; until then no more went out than buffers on the way hold.
        await().atMost(Duration.ofSeconds(90)).until(() -> !screen.isOpen());
        machine.join(PATIENCE.toMillis());
        assertThat(cutOff).isTrue();
        assertThat(shown.get()).isPositive().isLessThan(everything / 4);
    }
}
