package org.kdcloudlet.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.kdcloudlet.hypervisor.testing.FakeWorld;
import org.kdcloudlet.server.config.LoadedConfiguration;
import org.kdcloudlet.server.web.RawHttp;

/** The whole server on free ports and a fake hypervisor, asked as devices and administrators ask it. */
public final class TestServer implements AutoCloseable {
    private final FakeWorld world = new FakeWorld();
    private final ObjectMapper json = new ObjectMapper();
    private final Path data;
    private final CloudletServer server;

    public TestServer(Path data) {
        this(data, Map.of());
    }

    /** @param settings on top of those that keep it off the network */
    public TestServer(Path data, Map<String, Object> settings) {
        this(data, settings, Optional.empty());
    }

    /** @param hypervisors what runs machines; empty for the fake */
    private TestServer(Path data, Map<String, Object> settings, Optional<HypervisorFactory> hypervisors) {
        this.data = data;
        Map<String, Object> all = new HashMap<>(Map.of(
                "server.data",
                data.toString(),
                "server.name",
                "ridge",
                "device-api.address",
                "127.0.0.1",
                "device-api.port",
                0,
                "manager.port",
                0,
                "instances.address",
                "127.0.0.1",
                "discovery.method",
                "off"));
        all.putAll(settings);
        server = CloudletServer.start(
                LoadedConfiguration.load(Optional.empty(), Map.of(), all),
                hypervisors.orElse((folder, configuration) -> world.hypervisor()));
    }

    /** The whole server with a Manager, too. */
    public static TestServer withManager(Path data, Map<String, Object> settings) throws IOException {
        return withManager(data, settings, Optional.empty());
    }

    /** The same on QEMU, which translates. */
    public static TestServer onQemu(Path data) throws IOException {
        return withManager(data, Map.of("hypervisor.acceleration", "tcg"), Optional.of(HypervisorFactory.qemu()));
    }

    private static TestServer withManager(
            Path data, Map<String, Object> settings, Optional<HypervisorFactory> hypervisors) throws IOException {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("manager.port", FreePort.next());
        return new TestServer(data, all, hypervisors);
    }

    public CloudletServer server() {
        return server;
    }

    /** Where browsers find the Manager. */
    public URI manager() {
        return server.managerAddress().orElseThrow();
    }

    public FakeWorld world() {
        return world;
    }

    public Path socket() {
        return data.resolve("cloudlet.sock");
    }

    public int apiPort() {
        return server.apiPort();
    }

    /** Asks the device API. */
    public RawHttp.Answer device(String path) throws IOException {
        return RawHttp.get(apiPort(), path);
    }

    /** Asks the admin REST API. */
    public RawHttp.Answer admin(String method, String path, String body) throws IOException {
        return RawHttp.exchange(
                socket(), method, path, "Content-Type: application/json\r\n", body.getBytes(StandardCharsets.UTF_8));
    }

    public JsonNode json(RawHttp.Answer answer) throws IOException {
        return json.readTree(answer.body());
    }

    /** Adds a service with an image and waits until it can be cloned. */
    public void serve(String serviceId, int pool) throws IOException {
        admin(
                "POST",
                "/v1/services",
                "{\"service_id\":\"" + serviceId + "\",\"ports\":[{\"port\":9000}],\"num_users\":5,\"pool_size\":"
                        + pool + "}");
        JsonNode operation = json(admin("POST", "/v1/services/" + serviceId + "/images", "image of " + serviceId));
        JsonNode ended =
                json(admin("GET", "/v1/operations/" + operation.path("id").asText() + "/wait?seconds=30", ""));
        if (!ended.path("state").asText().equals("succeeded")) {
            throw new IllegalStateException("The image was not imported: " + ended);
        }
    }

    /** Starts an instance of a service. */
    public UUID start(String serviceId) throws IOException {
        RawHttp.Answer started = admin("POST", "/v1/instances", "{\"service_id\":\"" + serviceId + "\"}");
        return UUID.fromString(json(started).path("id").asText());
    }

    /** Publishes a package with the tag {@code speech}; returns the id of the app. */
    public String publish(Path apk) throws IOException {
        RawHttp.Answer answer = RawHttp.exchange(
                socket(),
                "POST",
                "/v1/apps?service_id=org.example.speech&description=Speech%20client&tag=speech",
                "Content-Type: application/octet-stream\r\n",
                Files.readAllBytes(apk));
        if (answer.status() != 201) {
            throw new IllegalStateException("The app was not published: " + answer.body());
        }
        return json(answer).path("id").asText();
    }

    @Override
    public void close() {
        server.close();
    }
}
