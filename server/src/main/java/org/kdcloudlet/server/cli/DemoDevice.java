package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.kdcloudlet.client.Cloudlet;
import org.kdcloudlet.client.CloudletApi;
import org.kdcloudlet.client.CloudletClient;
import org.kdcloudlet.client.Endpoint;

/** What an app on a device does: finds a cloudlet and uses it by the client library, and speaks to its service by itself. */
final class DemoDevice implements AutoCloseable {
    private static final Duration LOOK = Duration.ofSeconds(10);
    private static final Duration DEADLINE = Duration.ofMinutes(5);

    private final CloudletClient client = CloudletClient.create();
    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();

    /** Looks for the cloudlet of that name whose device API is on that port. */
    Cloudlet find(String name, int port) throws InterruptedException {
        return wanted(
                        client.finder()
                                .find(LOOK, found -> !wanted(found, name, port).isEmpty()),
                        name,
                        port)
                .stream()
                .findFirst()
                .orElseThrow(() -> new CommandFailedException(
                        ExitStatus.FAILED, "The device found no cloudlet called " + name + "."));
    }

    private static List<Cloudlet> wanted(List<Cloudlet> found, String name, int port) {
        return found.stream()
                .filter(cloudlet -> cloudlet.name().equalsIgnoreCase(name) && cloudlet.port() == port)
                .toList();
    }

    /** The device API of a cloudlet. */
    CloudletApi at(Cloudlet cloudlet) {
        return client.at(cloudlet);
    }

    /** Sends a file to the service inside a Service VM. */
    JsonNode send(Endpoint endpoint, Path file) throws IOException, InterruptedException {
        String host = endpoint.host().contains(":") ? "[" + endpoint.host() + "]" : endpoint.host();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + host + ":" + endpoint.port() + "/"))
                .POST(BodyPublishers.ofFile(file))
                .timeout(DEADLINE)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new CommandFailedException(
                    ExitStatus.FAILED, "The service answered with status " + response.statusCode() + ".");
        }
        return json.readTree(response.body());
    }

    @Override
    public void close() {
        client.close();
    }
}
