package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job with everything real: server and commands in processes of their own, QEMU, the demo guest. */
class EndToEndTest {
    private static final byte[] FILE = "A file of\nthree lines\nand seven words\n".getBytes(StandardCharsets.UTF_8);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ObjectMapper json = new ObjectMapper();

    @TempDir
    private Path folder;

    @AfterEach
    void leaveNoMachineBehind() {
        machines().forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void aDeviceIsServedByAVirtualMachineThatOutlivesItsServer() throws Exception {
        int port;
        String instance;
        try (ServerProcess server = ServerProcess.start(folder)) {
            addDemo(server);
            JsonNode started = device(server, "/api/servicevm/start?serviceId=demo&join=true");
            port = started.path("port").asInt();
            instance = started.path("_id").asText();
            assertThat(started.path("ip_address").asText()).isEqualTo("127.0.0.1");
            assertThatTheGuestWorks(port);
            server.kill();
        }
        assertThat(machines()).isNotEmpty();
        assertThatTheGuestWorks(port);
        try (ServerProcess server = ServerProcess.start(folder)) {
            JsonNode adopted = server.command("instance", "show", instance);
            assertThat(adopted.path("state").asText()).isEqualTo("ready");
            assertThat(adopted.at("/ports/0/host_port").asInt()).isEqualTo(port);
            assertThatTheGuestWorks(port);
            assertThat(device(server, "/api/servicevm/stop?instanceId=" + instance))
                    .isEmpty();
            assertThatThrownBy(() -> new Socket("127.0.0.1", port).close()).isInstanceOf(ConnectException.class);
            server.command("service", "remove", "demo", "--force");
        }
        Awaitility.await().atMost(ServerProcess.PATIENCE).until(() -> machines().isEmpty());
    }

    private void addDemo(ServerProcess server) throws IOException, InterruptedException {
        String image = System.getProperty("cloudlet.demo.image");
        JsonNode service = server.command(
                "service",
                "add",
                "demo",
                "--image",
                image,
                "--port",
                "8080",
                "--probe",
                "http:/healthz",
                "--users",
                "2");
        assertThat(service.path("image_version").asInt()).isEqualTo(1);
        assertThat(server.command("image", "list", "demo")
                        .at("/images/0/template")
                        .asText())
                .isEqualTo("ready");
    }

    private void assertThatTheGuestWorks(int port) throws Exception {
        JsonNode answer = post(port);
        assertThat(answer.path("sha256").asText()).isEqualTo(sha256());
        assertThat(answer.path("lines").asInt()).isEqualTo(3);
        assertThat(answer.path("kernel").asText()).isNotBlank();
    }

    private static String sha256() throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(FILE));
    }

    private JsonNode post(int port) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                .POST(BodyPublishers.ofByteArray(FILE)));
    }

    private JsonNode device(ServerProcess server, String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.apiPort() + path)));
    }

    private JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(
                request.timeout(ServerProcess.PATIENCE).build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return json.readTree(response.body());
    }

    private List<ProcessHandle> machines() {
        return Processes.workingBelow(folder);
    }
}
