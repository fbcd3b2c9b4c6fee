package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.web.RawHttp;
import org.kdcloudlet.server.web.RawHttp.Answer;

/** {@code /v1/uploads} as the tus protocol has it, over real connections that break. */
@Timeout(120)
class UploadsRouteTest {
    private static final String UPLOADS = "/v1/uploads";
    private static final String IMAGES = "/v1/services/demo/images";
    private static final String CHUNK = "Content-Type: application/offset+octet-stream\r\nTus-Resumable: 1.0.0\r\n";
    private static final byte[] IMAGE =
            "an image that arrives in pieces".repeat(5000).getBytes(StandardCharsets.US_ASCII);

    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    private Path data;

    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.withManager(data, Map.of("images.max-file-size", "1MiB"));
        server.admin("POST", "/v1/services", "{\"service_id\":\"demo\",\"ports\":[{\"port\":9000}],\"pool_size\":0}");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Answer send(String method, String path, String headers, byte[] body) throws IOException {
        return RawHttp.exchange(server.socket(), method, path, headers, body);
    }

    private static String metadata(String kind, String name) {
        return "Upload-Metadata: kind " + base64(kind) + ",filename " + base64(name) + "\r\n";
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private Answer create(String length, String metadata) throws IOException {
        return send(
                "POST", UPLOADS, "Tus-Resumable: 1.0.0\r\nUpload-Length: " + length + "\r\n" + metadata, new byte[0]);
    }

    private String created() throws IOException {
        Answer answer = create(Integer.toString(IMAGE.length), metadata("image", "disk.qcow2"));
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        assertThat(answer.header("Tus-Resumable")).isEqualTo("1.0.0");
        assertThat(answer.header("Upload-Expires")).endsWith("GMT");
        return answer.header("Location");
    }

    private Answer patch(String upload, int from, int to) throws IOException {
        byte[] body = new byte[to - from];
        System.arraycopy(IMAGE, from, body, 0, body.length);
        return send("PATCH", upload, CHUNK + "Upload-Offset: " + from + "\r\n", body);
    }

    private int offset(String upload) throws IOException {
        return Integer.parseInt(send("HEAD", upload, "", new byte[0]).header("Upload-Offset"));
    }

    /** Begins a PATCH of all that is left, sends a part of it and leaves the connection open. */
    private SocketChannel begin(String upload, int from, int to) throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(server.socket()));
        String head = "PATCH " + upload + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + (IMAGE.length - from)
                + "\r\n" + CHUNK + "Upload-Offset: " + from + "\r\n\r\n";
        Channels.newOutputStream(channel).write(head.getBytes(StandardCharsets.US_ASCII));
        Channels.newOutputStream(channel)
                .write(ByteBuffer.wrap(IMAGE, from, to - from).array(), from, to - from);
        return channel;
    }

    /** Waits until so much is there. To ask for the offset would cut off who sends, and leave the rest of it unread. */
    private void awaitArrived(String upload, long bytes) {
        Path file = data.resolve("resumable-uploads").resolve(upload.substring(UPLOADS.length() + 1) + ".data");
        await().atMost(TestCloudlet.PATIENCE).until(() -> file.toFile().length() == bytes);
    }

    /** Imports an upload; returns how the operation ended. */
    private JsonNode used(String upload, String path) throws IOException {
        Answer accepted = server.admin("POST", path + "?upload=" + upload.substring(UPLOADS.length() + 1), "");
        assertThat(accepted.status()).as(accepted.body()).isEqualTo(202);
        return server.json(server.admin("GET", accepted.header("Location") + "/wait?seconds=30", ""));
    }

    private void imported(String upload) throws IOException {
        assertThat(used(upload, IMAGES).path("state").asText()).isEqualTo("succeeded");
        assertThat(server.json(server.admin("GET", IMAGES, ""))
                        .at("/images/0/file_bytes")
                        .asInt())
                .isEqualTo(IMAGE.length);
        assertThat(data.resolve("resumable-uploads")).isEmptyDirectory();
        assertThat(data.resolve("uploads")).isEmptyDirectory();
    }

    @Test
    void anUploadThatWasCutGoesOnAndBecomesAnImage() throws IOException {
        String upload = created();
        begin(upload, 0, 70_000).close();
        awaitArrived(upload, 70_000);
        assertThat(offset(upload)).isEqualTo(70_000);
        assertThat(patch(upload, 0, 100).status()).isEqualTo(409);
        assertThat(patch(upload, 0, 100).header("Upload-Offset")).isEqualTo("70000");
        assertThat(patch(upload, 70_000, IMAGE.length).status()).isEqualTo(204);
        imported(upload);
    }

    @Test
    void aConnectionThatIsDeadWithoutTheServerKnowingHoldsNobodyUp() throws IOException {
        String upload = created();
        try (SocketChannel dead = begin(upload, 0, 50_000)) {
            awaitArrived(upload, 50_000);
            assertThat(offset(upload)).isEqualTo(50_000);
            assertThat(patch(upload, 50_000, IMAGE.length).status()).isEqualTo(204);
            assertThat(Channels.newInputStream(dead).readAllBytes()).isEmpty();
        }
        imported(upload);
    }

    @Test
    void anUploadGoesOnAfterARestart() throws IOException {
        String upload = created();
        assertThat(patch(upload, 0, 60_000).status()).isEqualTo(204);
        server.close();
        server = TestServer.withManager(data, Map.of());
        assertThat(offset(upload)).isEqualTo(60_000);
        assertThat(patch(upload, 60_000, IMAGE.length).status()).isEqualTo(204);
        imported(upload);
    }

    @Test
    void whatIsNotWholeOrNotThereCannotBeUsed() throws IOException {
        String upload = created();
        patch(upload, 0, 100);
        String id = upload.substring(UPLOADS.length() + 1);
        assertThat(server.admin("POST", IMAGES + "?upload=" + id, "").status()).isEqualTo(409);
        assertThat(server.admin("POST", "/v1/services/demo/images?upload=x", "").status())
                .isEqualTo(404);
        patch(upload, 100, IMAGE.length);
        assertThat(server.admin("POST", "/v1/packages?upload=" + id, "").status())
                .isEqualTo(409);
        assertThat(server.admin("POST", "/v1/services/none/images?upload=" + id, "")
                        .status())
                .isEqualTo(404);
        imported(upload);
        assertThat(server.admin("POST", IMAGES + "?upload=" + id, "").status()).isEqualTo(404);
    }

    @Test
    void anOperationThatFailsLeavesTheUploadToBeUsedAgain() throws IOException {
        Answer created = create(Integer.toString(IMAGE.length), metadata("package", "no package.csvm"));
        String upload = created.header("Location");
        assertThat(patch(upload, 0, IMAGE.length).status()).isEqualTo(204);
        for (int i = 0; i < 2; i++) {
            JsonNode ended = used(upload, "/v1/packages");
            assertThat(ended.path("state").asText()).isEqualTo("failed");
            assertThat(ended.at("/error/code").asText()).isEqualTo("PACKAGE_INVALID");
            assertThat(offset(upload)).isEqualTo(IMAGE.length);
            assertThat(data.resolve("uploads")).isEmptyDirectory();
        }
        assertThat(send("DELETE", upload, "", new byte[0]).status()).isEqualTo(204);
        assertThat(data.resolve("resumable-uploads")).isEmptyDirectory();
    }

    @Test
    void hostileHeadersAreRefusedAndNoneIsAFault() throws IOException {
        String good = metadata("image", "a");
        for (String length : new String[] {"", "-1", "0", "1e9", "9".repeat(18), "9".repeat(40), "0x10", "5 5"}) {
            assertThat(create(length, good).status()).as("length %s", length).isEqualTo(400);
        }
        for (String metadata : new String[] {
            "",
            metadata("car", "a"),
            metadata("image", ""),
            metadata("image", "a\nb"),
            metadata("image", "x".repeat(300)),
            "Upload-Metadata: kind,filename\r\n",
            "Upload-Metadata: kind !!!\r\n",
            "Upload-Metadata: " + "a".repeat(5000) + "\r\n",
            "Upload-Metadata: kind " + base64("image") + ",filename YQ==,sha256 " + base64("nonsense") + "\r\n",
        }) {
            assertThat(create("5", metadata).status()).as(metadata).isEqualTo(400);
        }
        String upload = created();
        for (String offset : new String[] {"", "-1", "9".repeat(18), "9".repeat(30), "a"}) {
            int status = send("PATCH", upload, CHUNK + "Upload-Offset: " + offset + "\r\n", new byte[3])
                    .status();
            assertThat(status).as("offset %s", offset).isIn(400, 409);
        }
        assertThat(send("PATCH", upload, "Content-Type: text/plain\r\nUpload-Offset: 0\r\n", new byte[3])
                        .status())
                .isEqualTo(415);
        Answer future = send("POST", UPLOADS, "Tus-Resumable: 2.0.0\r\nUpload-Length: 5\r\n" + good, new byte[0]);
        assertThat(future.status()).isEqualTo(412);
        assertThat(future.header("Tus-Version")).isEqualTo("1.0.0");
        assertThat(send("HEAD", UPLOADS + "/..%2f..%2fx", "", new byte[0]).status())
                .isEqualTo(404);
        assertThat(offset(upload)).isZero();
        byte[] tooMuch = new byte[IMAGE.length + 1];
        assertThat(send("PATCH", upload, CHUNK + "Upload-Offset: 0\r\n", tooMuch)
                        .status())
                .isEqualTo(400);
    }

    @Test
    void anUploadIsForItsOwnerAndForOperators() throws Exception {
        String upload = created();
        String path = upload.substring(UPLOADS.length());
        String operator = token("operator");
        String viewer = token("viewer");
        assertThat(overNetwork("GET", "", viewer).statusCode()).isEqualTo(403);
        assertThat(overNetwork("POST", "", viewer).statusCode()).isEqualTo(403);
        assertThat(overNetwork("GET", path, "").statusCode()).isEqualTo(401);
        assertThat(overNetwork("GET", "", operator).body()).isEqualTo("{\"uploads\":[]}");
        for (String method : new String[] {"GET", "HEAD", "DELETE"}) {
            assertThat(overNetwork(method, path, operator).statusCode())
                    .as(method)
                    .isEqualTo(404);
        }
        HttpResponse<String> patched = http.send(
                request("PATCH", path, operator)
                        .method("PATCH", BodyPublishers.ofString("intruder"))
                        .header("Content-Type", "application/offset+octet-stream")
                        .header("Upload-Offset", "0")
                        .build(),
                BodyHandlers.ofString());
        assertThat(patched.statusCode()).isEqualTo(404);
        assertThat(offset(upload)).isZero();
    }

    private HttpResponse<String> overNetwork(String method, String path, String token) throws Exception {
        return http.send(request(method, path, token).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String method, String path, String token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.manager() + UPLOADS + path))
                .method(method, BodyPublishers.noBody());
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    private String token(String role) throws IOException {
        return server.json(server.admin("POST", "/v1/tokens", "{\"name\":\"" + role + "\",\"role\":\"" + role + "\"}"))
                .path("secret")
                .asText();
    }
}
