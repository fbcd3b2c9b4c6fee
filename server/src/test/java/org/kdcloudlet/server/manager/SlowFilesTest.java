package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.web.RawHttp;

/** Files that are fetched or sent slowly: they hold up neither other requests nor the files of others. */
@Timeout(120)
class SlowFilesTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    /** More than fits between server and client. */
    private static final int IMAGE_BYTES = 32 << 20;

    private static final String PACKAGE = "GET /v1/services/demo/package?compressed=false";

    @TempDir
    private Path data;

    private TestServer server;
    private final List<SocketChannel> open = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        server = TestServer.withManager(data, Map.of());
        server.admin("POST", "/v1/services", "{\"service_id\":\"demo\",\"ports\":[{\"port\":9000}],\"pool_size\":0}");
        byte[] image = new byte[IMAGE_BYTES];
        new Random(3).nextBytes(image);
        var operation = server.json(RawHttp.exchange(server.socket(), "POST", "/v1/services/demo/images", "", image));
        server.admin("GET", "/v1/operations/" + operation.path("id").asText() + "/wait?seconds=30", "");
    }

    @AfterEach
    void stop() throws IOException {
        hangUp();
        server.close();
    }

    private void hangUp() throws IOException {
        for (SocketChannel channel : open) {
            channel.close();
        }
    }

    private String token(String name, String role) throws IOException {
        String body = "{\"name\":\"" + name + "\",\"role\":\"" + role + "\"}";
        String secret = server.json(server.admin("POST", "/v1/tokens", body))
                .path("secret")
                .asText();
        return "Authorization: Bearer " + secret + "\r\n";
    }

    private SocketChannel send(String line, String headers) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), server.manager().getPort()));
        open.add(channel);
        Channels.newOutputStream(channel)
                .write((line + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n").getBytes(StandardCharsets.UTF_8));
        return channel;
    }

    /** The status of an answer, of which no more is read. */
    private static int status(SocketChannel channel) throws IOException {
        String line = new String(Channels.newInputStream(channel).readNBytes(12), StandardCharsets.US_ASCII);
        return Integer.parseInt(line.substring("HTTP/1.1 ".length()));
    }

    private void fetchManySlowly(String line, String token) throws IOException {
        for (int i = 0; i < AccessControl.MAX_FILES_OF_ONE; i++) {
            assertThat(status(send(line, token))).isEqualTo(200);
        }
    }

    @Test
    void aViewerWhoReadsPackagesSlowlyKeepsNobodyFromAnything() throws IOException {
        String viewer = token("slow", "viewer");
        fetchManySlowly(PACKAGE, viewer);

        RawHttp.Answer refused = RawHttp.read(Channels.newInputStream(send(PACKAGE, viewer)), false);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.body()).contains("You have 12 files under way already");
        assertThat(status(send("GET /v1/services", viewer))).isEqualTo(200);
        String other = token("other", "operator");
        assertThat(status(send(PACKAGE, other))).isEqualTo(200);
        assertThat(status(send("POST /v1/instances", other + "Content-Length: 0\r\n")))
                .isEqualTo(400);

        hangUp();
        await().atMost(DEADLINE).until(() -> status(send(PACKAGE, viewer)) == 200);
    }

    @Test
    void whatIsSentAfterItsHandlerIsDoneIsBoundedToo() throws IOException {
        var made = server.json(server.admin("POST", "/v1/backups?images=true", ""));
        String name = server.json(
                        server.admin("GET", "/v1/operations/" + made.path("id").asText() + "/wait?seconds=30", ""))
                .path("result")
                .asText();
        String download = "GET /v1/backups/" + name;
        String slow = token("slow", "administrator");
        fetchManySlowly(download, slow);
        assertThat(status(send(download, slow))).isEqualTo(429);
        assertThat(status(send(download, token("other", "administrator")))).isEqualTo(200);
    }

    @Test
    void anOperatorWhoSendsFilesSlowlyKeepsNobodyFromAnything() throws IOException {
        String operator = token("slow", "operator");
        String file = operator + "Content-Length: 1000\r\nExpect: 100-continue\r\n";
        for (int i = 0; i < AccessControl.MAX_FILES_OF_ONE; i++) {
            assertThat(status(send("POST /v1/packages", file))).isEqualTo(100);
        }
        assertThat(status(send("POST /v1/packages", file))).isEqualTo(429);
        assertThat(status(send("DELETE /v1/services/nope", operator))).isEqualTo(404);
        assertThat(status(send("POST /v1/packages", file.replace(operator, token("other", "operator")))))
                .isEqualTo(100);
    }
}
