package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;

/** Many pages that are followed at once, some of which do not read. */
@Timeout(120)
class LiveFeedTest {
    private static final int MANY = 200;
    private static final int DEADLINE_MILLIS = 30_000;

    @TempDir
    private Path data;

    private final List<Socket> viewers = new ArrayList<>();
    private TestServer server;
    private String bearer;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.withManager(data, Map.of());
        bearer = server.json(server.admin("POST", "/v1/tokens", "{\"name\":\"viewer\"}"))
                .path("secret")
                .asText();
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket viewer : viewers) {
            viewer.close();
        }
        server.close();
    }

    private Socket follow() throws IOException {
        return ask("/live");
    }

    private Socket ask(String path) throws IOException {
        Socket viewer = new Socket(server.manager().getHost(), server.manager().getPort());
        viewers.add(viewer);
        viewer.setSoTimeout(DEADLINE_MILLIS);
        viewer.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + bearer + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return viewer;
    }

    private static BufferedReader lines(Socket viewer) throws IOException {
        return new BufferedReader(new InputStreamReader(viewer.getInputStream(), StandardCharsets.UTF_8));
    }

    private static void await(BufferedReader lines, String wanted) throws IOException {
        String line = lines.readLine();
        while (!wanted.equals(line)) {
            assertThat(line).as("the stream goes on until '%s'", wanted).isNotNull();
            line = lines.readLine();
        }
    }

    @Test
    void manyPagesAreToldAndNoneHoldsThreadsOrOthersUp() throws IOException {
        List<BufferedReader> readers = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            Socket viewer = follow();
            if (i % 2 == 0) {
                readers.add(lines(viewer));
                await(readers.get(readers.size() - 1), ": live");
            }
        }
        server.admin("POST", "/v1/services", "{\"service_id\":\"demo\",\"ports\":[{\"port\":9000}],\"pool_size\":0}");
        for (BufferedReader reader : readers) {
            await(reader, "event: services");
        }
        server.admin("DELETE", "/v1/services/demo", "");
        for (BufferedReader reader : readers) {
            await(reader, "event: services");
        }
        assertThat(server.admin("GET", "/v1/status", "").status()).isEqualTo(200);
    }

    @Test
    void whatAnEventTellsIsATopicAndNothingElse() throws IOException {
        BufferedReader reader = lines(follow());
        await(reader, ": live");
        server.admin(
                "POST",
                "/v1/services",
                "{\"service_id\":\"secret-service\",\"ports\":[{\"port\":9000}],\"pool_size\":0}");
        await(reader, "event: services");
        assertThat(reader.readLine()).isEqualTo("data:");
    }

    /** Where a page follows what happens, as it says itself. */
    private String addressIn(String page) throws IOException {
        BufferedReader reader = lines(ask(page));
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            Matcher address = Pattern.compile("sse-connect=\"([^\"]+)\"").matcher(line);
            if (address.find()) {
                return address.group(1);
            }
        }
        throw new AssertionError(page + " is not live");
    }

    @Test
    void whatHappensBetweenAPageAndItsStreamIsTold() throws IOException {
        server.serve("demo", 0);
        UUID instance = server.start("demo");
        for (String page : List.of(
                "/", "/services", "/instances", "/instances/" + instance, "/apps", "/operations", "/operations/1")) {
            String address = addressIn(page);
            server.admin("PATCH", "/v1/services/demo", "{\"description\":\"seen from " + page + "\"}");
            BufferedReader reader = lines(ask(address));
            await(reader, "event: services");
        }
    }

    @Test
    void aPageThatIsTooFarBehindIsToldToLookAtAllOfIt() throws IOException {
        for (String since : List.of("0", "999999999999999999", "x", "-1", "1".repeat(40))) {
            BufferedReader reader = lines(ask("/live?since=" + since));
            for (LiveFeed.Topic topic : LiveFeed.Topic.values()) {
                await(reader, "event: " + topic.name().toLowerCase(Locale.ROOT));
            }
        }
    }

    @Test
    void whatHappensNearlyAtOnceIsToldOnce() throws IOException {
        server.serve("demo", 0);
        BufferedReader reader = lines(follow());
        await(reader, ": live");
        for (int i = 0; i < 20; i++) {
            server.admin(
                    "POST",
                    "/v1/services",
                    "{\"service_id\":\"s" + i + "\",\"ports\":[{\"port\":9000}],\"pool_size\":0}");
        }
        server.admin("POST", "/v1/instances", "{\"service_id\":\"demo\"}");
        int told = 0;
        String line = reader.readLine();
        while (!"event: instances".equals(line)) {
            told += "event: services".equals(line) ? 1 : 0;
            line = reader.readLine();
        }
        assertThat(told).isBetween(1, 19);
    }
}
