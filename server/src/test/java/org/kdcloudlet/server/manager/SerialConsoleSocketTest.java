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
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.hypervisor.testing.FakeScreen;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.manager.SocketVisitor.Received;
import org.kdcloudlet.server.manager.console.Consoles;

/** The WebSocket of serial consoles, on a whole server with a fake hypervisor: who gets in, what gets through, and how it ends. */
@Timeout(180)
class SerialConsoleSocketTest {
    private static final byte[] COMMAND = "ls\r".getBytes(StandardCharsets.US_ASCII);

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

    private String path() {
        return "/v1/instances/" + instance + "/console/serial";
    }

    private WebSocket open(Received received, String token) {
        return visitor.open(received, path(), "Authorization", token);
    }

    private FakeScreen port(int index) {
        await().atMost(PATIENCE)
                .until(() -> server.world().serialConsoles(instance).size() > index);
        return server.world().serialConsoles(instance).get(index);
    }

    @Test
    void nobodyWithoutAKeyNorAPageOfAnotherSiteGetsIn() throws Exception {
        String cookie = visitor.session("operator");
        String token = visitor.token("operator");
        assertThat(visitor.refusal(path(), "Origin", visitor.origin())).isEqualTo(401);
        assertThat(visitor.refusal(path())).isEqualTo(403);
        assertThat(visitor.refusal(path(), "Authorization", "Bearer guessed")).isEqualTo(401);
        assertThat(visitor.refusal(path(), "Authorization", "Basic b3BlcmF0b3I6eA==", "Cookie", cookie))
                .isEqualTo(401);
        assertThat(visitor.refusal(path(), "Cookie", cookie)).isEqualTo(403);
        assertThat(visitor.refusal(path(), "Cookie", cookie, "Origin", "http://evil.example"))
                .isEqualTo(403);
        assertThat(visitor.refusal(path(), "Authorization", token, "Origin", "http://evil.example"))
                .isEqualTo(403);
        assertThat(server.world().serialConsoles(instance)).isEmpty();
        assertThat(visitor.refusal(path(), "Cookie", cookie, "Origin", visitor.origin()))
                .isEqualTo(101);
        assertThat(visitor.refusal(path(), "Authorization", token)).isEqualTo(101);
    }

    @Test
    void unknownIdsAndWhatDoesNotRunAreRefused() throws Exception {
        String token = visitor.token("operator");
        assertThat(visitor.refusal(path().replace(instance.toString(), "nonsense"), "Authorization", token))
                .isBetween(400, 404);
        assertThat(visitor.refusal(
                        path().replace(instance.toString(), UUID.randomUUID().toString()), "Authorization", token))
                .isEqualTo(404);
        server.admin("POST", "/v1/instances/" + instance + "/suspend", "");
        assertThat(visitor.refusal(path(), "Authorization", token)).isEqualTo(409);
    }

    @Test
    void anOperatorSeesTypesAndIsOnRecord() throws Exception {
        Received received = new Received();
        WebSocket socket = open(received, visitor.token("operator"));
        FakeScreen port = port(0);
        byte[] everyByte = new byte[100_000];
        new Random(1).nextBytes(everyByte);
        port.show(everyByte);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(received.bytes()).isEqualTo(everyByte));
        assertThat(received.text()).isEqualTo("{\"input\":true}");
        send(socket, COMMAND);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(port.received()).isEqualTo(COMMAND));
        JsonNode entries = server.json(server.admin("GET", "/v1/audit?action=instances.console.serial", ""))
                .path("entries");
        assertThat(entries).hasSize(1);
        assertThat(entries.get(0).path("actor").asText()).isEqualTo("token:operator");
        assertThat(entries.get(0).path("target").asText()).isEqualTo(instance.toString());
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        await().atMost(PATIENCE).until(() -> !port.isOpen());
    }

    @Test
    void aViewerSeesAndCannotType() throws Exception {
        Received received = new Received();
        WebSocket socket = open(received, visitor.token("viewer"));
        // A handshake is answered before its port is opened: two at once may get theirs in either order.
        FakeScreen looked = port(0);
        WebSocket typing = open(new Received(), visitor.token("operator"));
        send(socket, COMMAND);
        looked.show(COMMAND);
        await().atMost(PATIENCE).until(() -> received.count() == COMMAND.length);
        assertThat(received.text()).isEqualTo("{\"input\":false}");
        send(typing, COMMAND);
        await().atMost(PATIENCE).until(() -> port(1).received().length > 0);
        // What is sent with a connection is taken in its order: the second is answered when the first was dropped.
        socket.sendPing(java.nio.ByteBuffer.allocate(0)).join();
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        await().atMost(PATIENCE).until(() -> !looked.isOpen());
        assertThat(looked.received()).isEmpty();
    }

    @Test
    void whatAnOperatorTypesIsUse() throws Exception {
        WebSocket socket = open(new Received(), visitor.token("operator"));
        port(0);
        Instant opened = lastUsed();
        await().atMost(PATIENCE).until(() -> {
            send(socket, COMMAND);
            return lastUsed().isAfter(opened);
        });
        assertThat(server.device("/api/servicevm/stop?instanceId=" + instance).status())
                .isEqualTo(200);
        assertThat(server.admin("GET", "/v1/instances/" + instance, "").status())
                .isEqualTo(200);
    }

    /** By the list, since asking for the one is use. */
    private Instant lastUsed() throws IOException {
        return Instant.parse(server.json(server.admin("GET", "/v1/instances", ""))
                .path("instances")
                .get(0)
                .path("last_used")
                .asText());
    }

    @Test
    void itEndsWithItsMachineItsTokenItsSessionAndTheServer() throws Exception {
        String token = visitor.token("operator");
        Received ofMachine = new Received();
        open(ofMachine, token);
        port(0).end();
        assertThat(ofMachine.status()).isEqualTo(1000);
        Received ofSession = new Received();
        visitor.open(ofSession, path(), "Cookie", visitor.session("operator"), "Origin", visitor.origin());
        port(1);
        for (JsonNode session :
                server.json(server.admin("GET", "/v1/sessions", "")).path("sessions")) {
            server.admin("DELETE", "/v1/sessions/" + session.path("id").asText(), "");
        }
        assertThat(ofSession.status()).isEqualTo(1008);
        Received ofToken = new Received();
        open(ofToken, token);
        port(2);
        for (JsonNode one : server.json(server.admin("GET", "/v1/tokens", "")).path("tokens")) {
            server.admin("DELETE", "/v1/tokens/" + one.path("id").asText(), "");
        }
        assertThat(ofToken.status()).isEqualTo(1008);
        assertThat(port(2).isOpen()).isFalse();
        Received ofServer = new Received();
        open(ofServer, visitor.token("viewer"));
        port(3);
        server.close();
        assertThat(ofServer.status()).isEqualTo(1001);
    }

    /** Those that were ended make room a moment after their clients heard of it. */
    private void openWhenThereIsRoom(String token, int index) {
        await().atMost(PATIENCE).until(() -> {
            Received received = new Received();
            open(received, token);
            await().atMost(PATIENCE)
                    .until(() -> received.isClosed()
                            || server.world().serialConsoles(instance).size() > index);
            return server.world().serialConsoles(instance).size() > index;
        });
    }

    @Test
    void theyAreBoundedInNumberAndMessagesAndOneThatFailsTakesNoRoom() throws Exception {
        String token = visitor.token("operator");
        server.world().failNext(FakeCall.OPEN_SERIAL_CONSOLE, HypervisorError.TIMEOUT);
        Received failed = new Received();
        open(failed, token);
        assertThat(failed.status()).isEqualTo(1013);
        Received large = new Received();
        sendInVain(open(large, token), new byte[200_000]);
        assertThat(large.status()).isEqualTo(1009);
        Received text = new Received();
        open(text, token).sendText("hello", true).join();
        assertThat(text.status()).isEqualTo(1003);
        for (int i = 0; i < Consoles.MAX_CONSOLES; i++) {
            openWhenThereIsRoom(token, i + 2);
        }
        Received tooMany = new Received();
        open(tooMany, token);
        assertThat(tooMany.status()).isEqualTo(1013);
    }
}
