package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.web.RawHttp;
import org.slf4j.LoggerFactory;

/** Settings that are changed while a whole server runs: each holds at once. */
class SettingsTest {
    @TempDir
    private Path data;

    private TestServer server;

    @BeforeEach
    void start() {
        server = new TestServer(data);
    }

    @AfterEach
    void stop() {
        server.close();
        // Other tests have the level of their own configuration.
        ((Logger) LoggerFactory.getLogger("org.kdcloudlet")).setLevel(null);
    }

    private RawHttp.Answer set(String key, String value) throws IOException {
        return server.admin("PUT", "/v1/settings/" + key, "{\"value\":" + value + "}");
    }

    private void change(String key, String value) throws IOException {
        RawHttp.Answer answer = set(key, value);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private JsonNode setting(String key) throws IOException {
        for (JsonNode setting :
                server.json(server.admin("GET", "/v1/settings", "")).path("settings")) {
            if (setting.path("key").asText().equals(key)) {
                return setting;
            }
        }
        throw new AssertionError("no setting " + key);
    }

    private RawHttp.Answer startInstance() throws IOException {
        return server.admin("POST", "/v1/instances", "{\"service_id\":\"demo\"}");
    }

    @Test
    void limitsOnInstancesHoldAtOnce() throws IOException {
        server.serve("demo", 0);
        assertThat(startInstance().status()).isEqualTo(201);
        change("instances.max", "1");
        assertThat(startInstance().body()).contains("NO_ROOM", "instances");
        change("instances.max", "\"2\"");
        assertThat(startInstance().status()).isEqualTo(201);
        change("instances.max", "50");
        change("instances.max-per-service", "2");
        assertThat(startInstance().body()).contains("NO_ROOM");
        change("instances.max-per-service", "50");
        change("instances.memory-reserve", "\"1TiB\"");
        assertThat(startInstance().body()).contains("NO_ROOM", "memory");
        server.admin("DELETE", "/v1/settings/instances.memory-reserve", "");
        assertThat(startInstance().status()).isEqualTo(201);
    }

    @Test
    void theIdleTimeHoldsForInstancesThatRun() throws IOException {
        server.serve("demo", 0);
        startInstance();
        assertThat(server.world().running()).hasSize(1);
        change("instances.idle-timeout", "\"1s\"");
        await().atMost(TestCloudlet.PATIENCE)
                .until(() -> server.world().running().isEmpty());
    }

    @Test
    void limitsOfDevicesHoldAtOnce() throws IOException {
        assertThat(server.device("/api/services").status()).isEqualTo(200);
        change("limits.request-burst", "1");
        change("limits.requests-per-second", "1");
        // One a second: of two, a machine that is busy may take the second for the one of the next second.
        await().atMost(TestCloudlet.PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> server.device("/api/services").status() == 429);
        server.admin("DELETE", "/v1/settings/limits.request-burst", "");
        change("limits.requests-per-second", "1000000");
        assertThat(server.device("/api/services").status()).isEqualTo(200);
    }

    @Test
    void limitsOfUploadsHoldAtOnce() throws IOException {
        server.admin("POST", "/v1/services", "{\"service_id\":\"demo\",\"ports\":[{\"port\":9000}]}");
        change("images.max-file-size", "\"1MiB\"");
        RawHttp.Answer refused = server.admin("POST", "/v1/services/demo/images", "x".repeat((1 << 20) + 1));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body()).contains("1048576");
        change("images.max-file-size", "\"2MiB\"");
        assertThat(server.admin("POST", "/v1/services/demo/images", "x".repeat((1 << 20) + 1))
                        .status())
                .isEqualTo(202);
        change("instances.disk-reserve", "\"100TiB\"");
        assertThat(server.admin("POST", "/v1/services/demo/images", "x").body()).contains("NO_ROOM");
    }

    @Test
    void theCloudletIsWithdrawnAndAnnouncedAtOnce() throws IOException {
        server.close();
        server = new TestServer(data, Map.of("discovery.method", "built-in", "discovery.interfaces", List.of("lo")));
        awaitDiscovery("announced");
        change("discovery.advertise", "false");
        awaitDiscovery("off");
        server.admin("DELETE", "/v1/settings/discovery.advertise", "");
        awaitDiscovery("announced");
    }

    private void awaitDiscovery(String state) {
        await().atMost(TestCloudlet.PATIENCE).until(() -> server.json(server.admin("GET", "/v1/status", ""))
                .at("/discovery/state")
                .asText()
                .equals(state));
    }

    @Test
    void theLogLevelHoldsAtOnce() throws IOException {
        assertThat(LoggerFactory.getLogger("org.kdcloudlet.server").isDebugEnabled())
                .isFalse();
        change("logging.level", "\"debug\"");
        assertThat(LoggerFactory.getLogger("org.kdcloudlet.server").isDebugEnabled())
                .isTrue();
        server.admin("DELETE", "/v1/settings/logging.level", "");
        assertThat(LoggerFactory.getLogger("org.kdcloudlet.server").isDebugEnabled())
                .isFalse();
    }

    @Test
    void aChangeIsOnRecordToldAndHoldsOverARestart() throws IOException {
        change("instances.max", "12");
        JsonNode shown = setting("instances.max");
        assertThat(shown.path("value").asText()).isEqualTo("12");
        assertThat(shown.path("origin").asText()).isEqualTo("live");
        assertThat(shown.path("changed_by").asText()).isEqualTo(System.getProperty("user.name"));
        assertThat(setting("device-api.port").path("origin").asText()).isEqualTo("command_line");
        assertThat(setting("images.keep-versions").path("origin").asText()).isEqualTo("default");
        assertThat(server.admin("GET", "/v1/events", "").body())
                .contains("\"setting.changed\"", "instances.max was set to 12 by");
        JsonNode entry = server.json(server.admin("GET", "/v1/audit?action=settings", ""))
                .path("entries")
                .get(0);
        assertThat(entry.path("action").asText()).isEqualTo("settings.edit");
        assertThat(entry.path("target").asText()).isEqualTo("instances.max");
        server.close();
        server = new TestServer(data);
        assertThat(setting("instances.max").path("value").asText()).isEqualTo("12");
        assertThat(server.json(server.admin("GET", "/v1/status", ""))
                        .at("/capacity/max_instances")
                        .asInt())
                .isEqualTo(12);
    }

    @Test
    void bodiesThatAreNoneAreRefused() throws IOException {
        for (String body : new String[] {
            "",
            "[]",
            "{}",
            "{\"value\":null}",
            "{\"value\":[1]}",
            "{\"value\":{}}",
            "{\"value\":1,\"by\":\"eve\"}",
            "{\"value\":1"
        }) {
            assertThat(server.admin("PUT", "/v1/settings/instances.max", body).status())
                    .as(body)
                    .isEqualTo(400);
        }
        assertThat(set("instances.max", "true").body()).contains("instances.max must be a whole number");
        assertThat(set("instances.none", "1").status()).isEqualTo(404);
        assertThat(set("server.name", "\"x\"").status()).isEqualTo(409);
        assertThat(setting("instances.max").path("origin").asText()).isEqualTo("default");
    }
}
