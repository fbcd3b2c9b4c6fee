package org.kdcloudlet.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.app.TestApk;
import org.kdcloudlet.server.config.Configuration;
import org.kdcloudlet.server.web.OpenApi;
import org.kdcloudlet.server.web.RawHttp.Answer;

/** Holds the whole server's device API, on the real domain, to docs/reference/openapi.yaml. */
class DeviceApiDocumentTest {
    private final OpenApi document = new OpenApi();

    @TempDir
    private Path data;

    @TempDir
    private Path apks;

    @Test
    void documentAndRoutesAreTheSame() {
        Set<String> routes = new TreeSet<>();
        Configuration defaults = Configuration.defaults();
        DeviceApi.Parts parts = new DeviceApi.Parts(
                "ridge",
                new StubCatalog(),
                new StubInstances(),
                new StubApps(),
                null,
                defaults.instances().hostPorts().address(),
                (route, status) -> {});
        new DeviceApi(defaults.deviceApi(), defaults::limits, parts)
                .routes()
                .forEach(route -> routes.add("GET " + route.path()));
        assertThat(routes).isEqualTo(document.operations("/api"));
    }

    @Test
    void everyRouteAnswersAsDocumented() throws IOException {
        try (TestServer server = new TestServer(data)) {
            server.serve("org.example.speech", 1);
            check(server, "/api/services", "", 200);
            check(server, "/api/services/get", "?serviceId=org.example.speech", 200);
            check(server, "/api/services/get", "?serviceId=x", 404);
            check(server, "/api/servicevm/start", "?serviceId=x", 400);
            Answer first = check(server, "/api/servicevm/start", "?serviceId=org.example.speech&join=true", 200);
            String id = server.json(first).path("_id").asText();
            Answer second = check(server, "/api/servicevm/start", "?serviceId=org.example.speech&join=true", 200);
            assertThat(server.json(second).path("_id").asText()).isEqualTo(id);
            check(server, "/api/servicevm/stop", "?instanceId=" + id, 200);
            check(server, "/api/servicevm/stop", "?instanceId=" + id, 200);
            check(server, "/api/servicevm/stop", "?instanceId=" + id, 404);
            check(server, "/api/apps", "", 200);
            check(server, "/api/apps/get", "", 400);
            check(server, "/api/apps/get", "?appId=x", 404);
            String app = server.publish(new TestApk(apks).make("org.example.speech", 7, "1.0"));
            check(server, "/api/apps", "?tags=speech", 200);
            check(server, "/api/apps/get", "?appId=" + app, 200);
            check(server, "/api/system", "?services=true&apps=true", 200);
            check(server, "/api/system/get_messages", "?serviceId=x", 200);
        }
        assertThat(document.checked()).isEqualTo(document.operations("/api"));
    }

    @Test
    void noRoomIsRefusedWithTheFigures() throws IOException {
        try (TestServer server = new TestServer(data, Map.of("instances.max", 1))) {
            server.serve("org.example.speech", 0);
            check(server, "/api/servicevm/start", "?serviceId=org.example.speech", 200);
            Answer refused = check(server, "/api/servicevm/start", "?serviceId=org.example.speech", 503);
            assertThat(refused.body()).contains("1");
        }
    }

    private Answer check(TestServer server, String path, String query, int status) throws IOException {
        Answer answer = server.device(path + query);
        assertThat(answer.status()).as("%s%s: %s", path, query, answer.body()).isEqualTo(status);
        document.check("GET " + path, answer);
        return answer;
    }
}
