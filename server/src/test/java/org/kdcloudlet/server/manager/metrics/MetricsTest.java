package org.kdcloudlet.server.manager.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.web.RawHttp;

/** What Prometheus is told by a whole server on a fake hypervisor. */
@Timeout(60)
class MetricsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Path DASHBOARD =
            Path.of(System.getProperty("cloudlet.project")).resolve("packaging/grafana/kdcloudlet.json");
    private static final Pattern METRIC = Pattern.compile("\\b(?:cloudlet|jvm|process|system)_[a-z0-9_]+");

    @TempDir
    private Path data;

    private final HttpClient http = HttpClient.newHttpClient();
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.withManager(data, Map.of("limits.request-burst", 20));
        await().atMost(PATIENCE).until(() -> ask().statusCode() == 200);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HttpResponse<String> ask() throws IOException, InterruptedException {
        URI metrics = server.manager().resolve("/metrics");
        return http.send(HttpRequest.newBuilder(metrics).build(), HttpResponse.BodyHandlers.ofString());
    }

    private PrometheusText figures() throws IOException, InterruptedException {
        return PrometheusText.parse(ask().body());
    }

    @Test
    void everyLineIsAsPrometheusReadsIt() throws Exception {
        HttpResponse<String> answer = ask();
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("text/plain; version=0.0.4")
                .contains("charset=utf-8");
        PrometheusText figures = PrometheusText.parse(answer.body());
        assertThat(figures.samples())
                .containsKeys(
                        "cloudlet_instances{state=\"ready\"}",
                        "cloudlet_instances{state=\"failed\"}",
                        "cloudlet_start_seconds_count{kind=\"pool\"}",
                        "cloudlet_device_refusals_total{reason=\"too_many_requests\"}",
                        "cloudlet_machines_limit");
        assertThat(figures.of("cloudlet_memory_limit_bytes")).isPositive();
        assertThat(figures.of("cloudlet_disk_free_bytes")).isPositive();
        assertThat(figures.of("cloudlet_host_memory_bytes")).isGreaterThan(1 << 20);
        assertThat(figures.of("process_uptime_seconds")).isPositive();
    }

    @Test
    void startsAndInstancesMoveTheirFigures() throws Exception {
        server.serve("pooled", 1);
        server.serve("cloned", 0);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(figures().of("cloudlet_pool_ready{service=\"pooled\"}"))
                .isEqualTo(1));
        assertThat(figures().of("cloudlet_pool_wanted{service=\"pooled\"}")).isEqualTo(1);
        assertThat(figures().of("cloudlet_services")).isEqualTo(2);
        double promised = figures().of("cloudlet_memory_promised_bytes");

        assertThat(server.device("/api/servicevm/start?serviceId=pooled").status())
                .isEqualTo(200);
        assertThat(server.device("/api/servicevm/start?serviceId=cloned").status())
                .isEqualTo(200);
        assertThat(server.device("/api/servicevm/start?serviceId=cloned&join=true")
                        .status())
                .isEqualTo(200);
        PrometheusText after = figures();
        for (String kind : new String[] {"pool", "clone", "join"}) {
            assertThat(after.of("cloudlet_start_seconds_count{kind=\"" + kind + "\"}"))
                    .as(kind)
                    .isEqualTo(1);
            assertThat(after.of("cloudlet_start_seconds_sum{kind=\"" + kind + "\"}"))
                    .as(kind)
                    .isPositive();
            assertThat(after.of("cloudlet_start_seconds_bucket{kind=\"" + kind + "\",le=\"+Inf\"}"))
                    .isEqualTo(1);
        }
        assertThat(after.of("cloudlet_instances{state=\"ready\"}")).isEqualTo(2);
        assertThat(after.of("cloudlet_machines{use=\"instance\"}")).isEqualTo(2);
        assertThat(after.of("cloudlet_memory_promised_bytes")).isGreaterThan(promised);

        server.admin("DELETE", "/v1/services/pooled?force=true", "");
        assertThat(figures().samples().keySet()).noneMatch(name -> name.contains("service=\"pooled\""));
    }

    @Test
    void startsThatFailAreCountedByTheirReason() throws Exception {
        server.serve("demo", 0);
        server.world().failNext(FakeCall.CLONE, HypervisorError.FAILED);
        server.world().failNext(FakeCall.BOOT, HypervisorError.FAILED);
        assertThat(server.device("/api/servicevm/start?serviceId=demo").status())
                .isEqualTo(500);
        assertThat(server.device("/api/servicevm/start?serviceId=nope").status())
                .isEqualTo(400);
        assertThat(figures().of("cloudlet_start_failures_total{reason=\"start_failed\"}"))
                .isEqualTo(1);
        assertThat(figures().of("cloudlet_start_failures_total{reason=\"service_unknown\"}"))
                .isEqualTo(1);
    }

    @Test
    void requestsAndRefusalsAreCountedAndNothingThatADeviceSentIsALabel() throws Exception {
        assertThat(server.device("/api/services").status()).isEqualTo(200);
        RawHttp.get(server.apiPort(), "/api/apps?tags=marker", "X-Device-ID: marker\r\n");
        server.device("/api/services/get?serviceId=marker");
        server.device("/api/marker");
        RawHttp.exchange(server.apiPort(), "GET /api/services HTTP/1.1\r\nHost: marker.example\r\n\r\n");
        PrometheusText figures = figures();
        assertThat(figures.of("cloudlet_device_requests_total{path=\"/api/services\",status=\"200\"}"))
                .isEqualTo(1);
        assertThat(figures.of("cloudlet_device_requests_total{path=\"/api/services\",status=\"403\"}"))
                .isEqualTo(1);
        assertThat(figures.of("cloudlet_device_refusals_total{reason=\"forbidden\"}"))
                .isEqualTo(1);
        while (server.device("/api/services").status() != 429) {
            assertThat(figures().of("cloudlet_device_requests_total{path=\"/api/services\",status=\"200\"}"))
                    .isLessThan(10_000);
        }
        assertThat(figures().of("cloudlet_device_refusals_total{reason=\"too_many_requests\"}"))
                .isEqualTo(1);
        assertThat(ask().body()).doesNotContain("marker");
    }

    @Test
    void theDashboardAsksForFiguresThatThereAre() throws Exception {
        server.serve("demo", 1);
        server.device("/api/servicevm/start?serviceId=nope");
        System.gc();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(figures().names()).containsAll(dashboard()));
    }

    private static Set<String> dashboard() throws IOException {
        JsonNode dashboard = new ObjectMapper().readTree(DASHBOARD.toFile());
        Set<String> names = new HashSet<>();
        for (String expression : dashboard.findValuesAsText("expr")) {
            Matcher metric = METRIC.matcher(expression);
            while (metric.find()) {
                names.add(metric.group());
            }
        }
        assertThat(names).as("figures on the dashboard").hasSizeGreaterThan(15);
        return names;
    }
}
