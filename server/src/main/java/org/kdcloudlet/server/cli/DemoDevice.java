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
import org.kdcloudlet.server.host.Discovery;
import org.kdcloudlet.server.host.HostAddresses;

/** What a device does: finds a cloudlet by mDNS and speaks its device API (spec/device-api.md), plain mode. */
final class DemoDevice {
    private static final int LOOKS = 10;
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration DEADLINE = Duration.ofMinutes(5);

    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private String base = "";

    /** Looks for the cloudlet of that name whose device API is on that port. */
    Discovery.Found find(String name, int port) throws InterruptedException {
        Discovery discovery = new Discovery(new HostAddresses(List.of()));
        for (int look = 0; look < LOOKS; look++) {
            for (Discovery.Found found : discovery.look(LOOK)) {
                if (found.name().equalsIgnoreCase(name) && found.port() == port) {
                    return found;
                }
            }
        }
        throw new CommandFailedException(ExitStatus.FAILED, "The device found no cloudlet called " + name + ".");
    }

    void connect(String address, int port) {
        base = "http://" + hostOf(address) + ":" + port;
    }

    /** Asks the device API. */
    JsonNode get(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(base + path)).GET());
    }

    /** Sends a file to the service inside a Service VM. */
    JsonNode send(String address, int port, Path file) throws IOException, InterruptedException {
        URI service = URI.create("http://" + hostOf(address) + ":" + port + "/");
        return send(HttpRequest.newBuilder(service).POST(BodyPublishers.ofFile(file)));
    }

    private JsonNode send(HttpRequest.Builder builder) throws IOException, InterruptedException {
        HttpRequest request =
                builder.timeout(DEADLINE).version(HttpClient.Version.HTTP_1_1).build();
        HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new CommandFailedException(
                    ExitStatus.FAILED,
                    request.method() + " " + request.uri() + " answered with status " + response.statusCode() + ".");
        }
        return json.readTree(response.body());
    }

    private static String hostOf(String address) {
        return address.contains(":") ? "[" + address + "]" : address;
    }
}
