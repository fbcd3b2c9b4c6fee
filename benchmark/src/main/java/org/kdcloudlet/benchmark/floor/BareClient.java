package org.kdcloudlet.benchmark.floor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The floor of the client library: what an app would write itself with the HTTP client of the JDK and Jackson, with
 * timeouts and the status looked at, and nothing more.
 */
public final class BareClient {
    private static final Duration CALL = Duration.ofSeconds(10);
    private static final Duration START = Duration.ofMinutes(5);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CALL)
            .build();
    private final ObjectMapper json = new ObjectMapper();
    private final String base;

    /** @param port of the device API on this host */
    public BareClient(int port) {
        base = "http://127.0.0.1:" + port + "/api";
    }

    /** A service as it is listed. */
    public record Service(String serviceId, String description, String version, List<String> tags) {}

    /** An instance as it was started. */
    public record Instance(String id, String address, int port) {}

    /** Lists the services. */
    public List<Service> services() throws IOException, InterruptedException {
        List<Service> services = new ArrayList<>();
        for (JsonNode service : get("/services", CALL).path("services")) {
            List<String> tags = new ArrayList<>();
            service.path("tags").forEach(tag -> tags.add(tag.asText()));
            services.add(new Service(
                    service.path("service_id").asText(),
                    service.path("description").asText(),
                    service.path("version").asText(),
                    tags));
        }
        return services;
    }

    /** Starts a new instance. */
    public Instance start(String serviceId) throws IOException, InterruptedException {
        JsonNode instance = get("/servicevm/start?serviceId=" + serviceId + "&join=false", START);
        return new Instance(
                instance.path("_id").asText(),
                instance.path("ip_address").asText(),
                instance.path("port").asInt());
    }

    /** Stops an instance. */
    public void stop(String instanceId) throws IOException, InterruptedException {
        get("/servicevm/stop?instanceId=" + instanceId, START);
    }

    private JsonNode get(String path, Duration timeout) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(timeout)
                .header("X-Device-ID", "bare")
                .GET()
                .build();
        try {
            HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
            if (response.statusCode() != 200) {
                throw new IOException(path + " answered with status " + response.statusCode());
            }
            return json.readTree(response.body());
        } catch (HttpTimeoutException e) {
            throw new IOException(path + " was not answered in time", e);
        }
    }
}
