package org.kdcloudlet.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.instance.Instance;
import org.kdcloudlet.server.web.RawHttp;
import org.kdcloudlet.server.web.RawHttp.Answer;

/** Holds the device API to spec/device-api.md, reply by reply, over raw sockets. */
class DeviceApiTest {
    private final DeviceApiFixture fixture = new DeviceApiFixture(DeviceApiFixture.onFreePort());
    private final ObjectMapper mapper = new ObjectMapper();

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    void servicesAreAsInTheSpecificationsExample() throws IOException {
        assertThat(json(get("/api/services"))).isEqualTo(example("/api/services"));
    }

    @Test
    void listFollowsTheCatalogue() throws IOException {
        get("/api/services");
        fixture.catalog.set();
        assertThat(get("/api/services").body()).isEqualTo("{\"services\":[]}");
    }

    @Test
    void oneService() throws IOException {
        assertThat(json(get("/api/services/get?serviceId=org.example.speech")))
                .isEqualTo(example("/api/services").get("services").get(0));
    }

    @Test
    void startIsAsInTheSpecificationsExample() throws IOException {
        JsonNode answer = json(get("/api/servicevm/start?serviceId=org.example.speech&join=true"));
        JsonNode example = example("/api/servicevm/start");
        assertThat(answer.properties().stream().map(Map.Entry::getKey))
                .containsExactlyInAnyOrderElementsOf(
                        example.properties().stream().map(Map.Entry::getKey).toList());
        example.properties()
                .forEach(entry -> assertThat(answer.get(entry.getKey()).getNodeType())
                        .as(entry.getKey())
                        .isEqualTo(entry.getValue().getNodeType()));
        assertThat(answer.get("_id").textValue()).isEqualTo(StubInstances.ID.toString());
        assertThat(answer.get("port").intValue()).isEqualTo(19_398);
        assertThat(answer.get("ip_address").textValue()).isEqualTo("127.0.0.1");
        assertThat(answer.get("running").booleanValue()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"true,true", "T,true", "y,true", "Yes,true", "TRUE,true", "1,false", "on,false", "'',false", "no,false"
    })
    void joinIsReadAsTheSpecificationSays(String text, boolean join) throws IOException {
        get("/api/servicevm/start?serviceId=org.example.speech&join=" + text);
        assertThat(fixture.instances.calls).containsExactly("start org.example.speech " + join);
    }

    @ParameterizedTest
    @CsvSource({
        "SERVICE_UNKNOWN,400",
        "NO_ROOM,503",
        "PORTS_EXHAUSTED,503",
        "STORAGE_FULL,503",
        "START_FAILED,500",
        "NOT_READY,500",
        "SERVICE_WITHOUT_IMAGE,500",
        "HYPERVISOR_UNAVAILABLE,500"
    })
    void startErrors(ErrorCode code, int status) throws IOException {
        fixture.instances.onStart = failing(code, "2 of 2 in use");
        Answer answer = get("/api/servicevm/start?serviceId=org.example.speech");
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).startsWith("text/plain");
        if (status == 503) {
            assertThat(answer.body()).isEqualTo("2 of 2 in use\n");
        } else {
            assertThat(answer.body())
                    .as("guests and QEMU do not talk to devices")
                    .doesNotContain("2 of 2 in use");
        }
    }

    @Test
    void stopOfARunningInstance() throws IOException {
        Answer answer = get("/api/servicevm/stop?instanceId=" + StubInstances.ID);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{}");
    }

    @Test
    void stopThatFails() throws IOException {
        fixture.instances.onStop = id -> {
            throw new CloudletException(ErrorCode.STOP_FAILED, "It does not end");
        };
        assertThat(get("/api/servicevm/stop?instanceId=" + StubInstances.ID).status())
                .isEqualTo(500);
    }

    @ParameterizedTest
    @CsvSource({
        "/api/services/get,404",
        "/api/services/get?serviceId=,404",
        "/api/services/get?serviceId=unknown,404",
        "/api/services/get?serviceId=%00%1b%0a,404",
        "/api/services/get?serviceId=%ff%fe,404",
        "/api/servicevm/start,400",
        "/api/servicevm/start?serviceId=,400",
        "/api/servicevm/stop,400",
        "/api/servicevm/stop?instanceId=,400",
        "/api/servicevm/stop?instanceId=x,404",
        "/api/servicevm/stop?instanceId=%0d%0aInjected:1,404",
        "/api/servicevm/stop?instanceId=1-1-1-1-1,404",
        "/api/servicevm/stop?instanceId=0b0e5d0c-4f2b-4a53-9c59-6d3f6a3f1c12,404",
        "/api/apps/get,400",
        "/api/apps/get?appId=5e7e5b0d1d41c8260f3d6b01,404",
        "/,404",
        "/api,404",
        "/api/nothing,404",
        "/api/services/,200",
        "/api/command,404",
        "/api/services/get?serviceId=%zz,404",
        "/api/../etc/passwd,404",
        "/api/%2e%2e/x,404"
    })
    void missingUnknownAndMalformedIds(String path, int status) throws IOException {
        Answer answer = get(path);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.body().strip()).doesNotMatch("(?s).*\\p{Cntrl}.*").doesNotContain("Injected", "Exception");
    }

    @ParameterizedTest
    @ValueSource(ints = {10_000, 1_000_000})
    void overlongIdsAreRefused(int length) throws IOException {
        Answer answer;
        try {
            answer = get("/api/servicevm/start?serviceId=" + "x".repeat(length));
        } catch (IOException refusedWhileSending) {
            // One or the other, by whether the server had said goodbye before it hung up.
            assertThat(refusedWhileSending).message().containsPattern("reset|Broken pipe");
            return;
        }
        assertThat(answer.status()).isEqualTo(414);
        assertThat(fixture.instances.calls).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NONSENSE"})
    void otherMethodsAreNotAllowed(String method) throws IOException {
        for (String path : List.of("/api/services", "/api/servicevm/start?serviceId=org.example.speech")) {
            Answer answer = exchange(method, path, "Content-Length: 0\r\n");
            assertThat(answer.status()).isEqualTo(405);
            assertThat(answer.header("Allow")).startsWith("GET");
            assertThat(answer.header("Access-Control-Allow-Origin")).isNull();
        }
        assertThat(fixture.instances.calls).isEmpty();
    }

    @Test
    void headAnswersLikeGetButNeverStartsAnything() throws IOException {
        Answer head = exchange("HEAD", "/api/services", "");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("Content-Length")).isEqualTo(get("/api/services").header("Content-Length"));
        assertThat(exchange("HEAD", "/api/servicevm/start?serviceId=org.example.speech", "")
                        .status())
                .isEqualTo(405);
        assertThat(exchange(
                                "POST",
                                "/api/servicevm/start?serviceId=org.example.speech",
                                "X-HTTP-Method-Override: GET\r\nContent-Length: 0\r\n")
                        .status())
                .as("the method is that of the request line")
                .isEqualTo(400);
        assertThat(fixture.instances.calls).isEmpty();
    }

    @Test
    void systemIsAsTheSpecificationSays() throws IOException {
        JsonNode system = json(get("/api/system"));
        JsonNode example = example("/api/system");
        for (String part : List.of("cpu_info", "memory_info")) {
            example.get(part).properties().forEach(entry -> assertThat(
                            system.get(part).get(entry.getKey()).getNodeType())
                    .as(entry.getKey())
                    .isEqualTo(entry.getValue().getNodeType()));
        }
        assertThat(Double.parseDouble(system.at("/cpu_info/speed").textValue())).isPositive();
        assertThat(system.at("/cpu_info/usage").doubleValue()).isBetween(0.0, 99.99);
        assertThat(system.at("/cpu_info/max_cores").isInt()).isTrue();
        assertThat(system.has("services")).isFalse();
        assertThat(system.has("apps")).isFalse();
    }

    @Test
    void systemHasServicesAndAppsWhenAskedFor() throws IOException {
        JsonNode system = json(get("/api/system?services=yes&apps=T"));
        assertThat(system.get("services")).isEqualTo(example("/api/services").get("services"));
        assertThat(withoutMd5(system.get("apps")))
                .isEqualTo(withoutMd5(example("/api/apps").get("apps")));
    }

    @Test
    void appsAreAsTheSpecificationSays() throws IOException {
        JsonNode apps = json(get("/api/apps")).get("apps");
        assertThat(withoutMd5(apps)).isEqualTo(withoutMd5(example("/api/apps").get("apps")));
        // The example is of the encrypted mode, where the sum cannot be matched; here it is that of the download.
        assertThat(apps.get(0).get("md5sum").textValue()).isEqualTo(StubApps.MD5);
    }

    private static JsonNode withoutMd5(JsonNode apps) {
        JsonNode copy = apps.deepCopy();
        copy.forEach(app -> ((ObjectNode) app).remove("md5sum"));
        return copy;
    }

    @ParameterizedTest
    @CsvSource({
        "speech,1",
        "'nothing,speech',1",
        "'speech,',1",
        "'',1",
        "',',1",
        "nothing,0",
        "speec,0",
        "SPEECH,0",
        "'nothing,%00',0"
    })
    void appsAreChosenByAnyOfTheTags(String tags, int found) throws IOException {
        assertThat(json(get("/api/apps?osName=Android&osVersion=4&tags=" + tags))
                        .get("apps"))
                .hasSize(found);
    }

    @Test
    void messagesAreEmpty() throws IOException {
        assertThat(get("/api/system/get_messages?serviceId=x", "X-Device-ID: d\r\n")
                        .body())
                .isEqualTo("{\"messages\":[]}");
    }

    @Test
    void aLongListHasItsLengthToo() throws IOException {
        fixture.catalog.set(java.util.Collections.nCopies(2000, StubCatalog.speech())
                .toArray(org.kdcloudlet.server.catalog.Service[]::new));
        assertThat(get("/api/services").body().length()).isGreaterThan(200_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GARBAGE\r\n\r\n",
                "GET /api/services HTTP/9.9\r\nHost: a\r\n\r\n",
                "GET /api/services HTTP/1.1\r\n\r\n",
                "GET /api/services HTTP/1.1\r\nHost: a:b:c\r\n\r\n",
                "GET /api/services HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n",
                "GET /api/services\u0001 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            })
    void whatIsNotHttpIsRefusedInOneLine(String request) throws IOException {
        Answer answer = RawHttp.exchange(fixture.port(), request);
        assertThat(answer.status()).isBetween(400, 505);
        assertThat(answer.header("Content-Type")).startsWith("text/plain");
        assertThat(answer.body().lines()).hasSize(1);
    }

    @Test
    void headersHaveALimit() throws IOException {
        assertThat(get("/api/services", "X: " + "x".repeat(9000) + "\r\n").status())
                .isEqualTo(431);
    }

    @Test
    void aConnectionServesManyRequests() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), fixture.port())) {
            for (String path :
                    List.of("/api/services", "/api/nothing", "/api/services/get?serviceId=x", "/api/system")) {
                socket.getOutputStream()
                        .write(("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                assertThat(RawHttp.read(socket.getInputStream(), false).status())
                        .isIn(200, 404);
            }
        }
    }

    @Test
    void sixteenStartsAtOnceAreServedAtOnce() throws Exception {
        CyclicBarrier allStarted = new CyclicBarrier(16);
        fixture.instances.onStart = (serviceId, join) -> {
            try {
                allStarted.await(60, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new CloudletException(ErrorCode.START_FAILED, "Alone", e);
            }
            return StubInstances.ready(serviceId);
        };
        ExecutorService devices = Executors.newFixedThreadPool(16);
        try {
            List<Future<Answer>> answers = new ArrayList<>();
            for (int device = 0; device < 16; device++) {
                answers.add(devices.submit(() -> get("/api/servicevm/start?serviceId=org.example.speech")));
            }
            for (Future<Answer> answer : answers) {
                assertThat(answer.get(90, TimeUnit.SECONDS).status()).isEqualTo(200);
            }
        } finally {
            devices.shutdownNow();
        }
    }

    @Test
    void aFaultOfOursIsNotExplainedToDevices() throws IOException {
        fixture.instances.onStart = (serviceId, join) -> {
            throw new IllegalStateException("secret insides");
        };
        Answer answer = get("/api/servicevm/start?serviceId=org.example.speech");
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.body()).isEqualTo("Internal error\n");
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void noErrorOfTheDomainBreaksTheForm(ErrorCode code) throws IOException {
        fixture.instances.onStart = failing(code, "Sentence");
        assertThat(get("/api/servicevm/start?serviceId=org.example.speech").status())
                .isIn(400, 500, 503);
    }

    private static BiFunction<String, Boolean, Instance> failing(ErrorCode code, String message) {
        return (serviceId, join) -> {
            throw new CloudletException(code, message);
        };
    }

    private Answer get(String path) throws IOException {
        return get(path, "");
    }

    private Answer get(String path, String headers) throws IOException {
        return RawHttp.get(fixture.port(), path, headers);
    }

    private Answer exchange(String method, String path, String headers) throws IOException {
        return RawHttp.exchange(
                fixture.port(), method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + "\r\n");
    }

    private JsonNode json(Answer answer) throws IOException {
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        return mapper.readTree(answer.body());
    }

    private JsonNode example(String path) throws IOException {
        try (InputStream vectors = getClass().getResourceAsStream("/spec/vectors.json")) {
            return mapper.readTree(vectors).get("examples").get(path);
        }
    }
}
