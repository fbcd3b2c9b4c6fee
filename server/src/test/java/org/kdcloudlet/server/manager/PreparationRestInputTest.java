package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.web.RawHttp;

/** Bad input to the REST routes that prepare images by hand, and much at once: it is refused, says why, and begins nothing. */
@Timeout(120)
class PreparationRestInputTest {
    private static final String REST = "/v1/services/demo/preparation";
    private static final int AT_ONCE = 8;

    @TempDir
    private static Path data;

    @TempDir
    private static Path imports;

    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(imports.resolve("good.iso"), "tools");
        server = TestServer.withManager(data, Map.of("packages.import-folder", imports.toString()));
        server.serve("demo", 0);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        assertNothingIsLeft(server);
    }

    static void assertNothingIsLeft(TestServer server) throws IOException {
        assertThat(server.json(server.admin("GET", "/v1/preparations", "")).path("preparations"))
                .isEmpty();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> server.world().running().isEmpty());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', nullValues = "-", textBlock = """
            POST   |          | -                                          | 400 | INVALID_VALUE
            POST   |          | {                                          | 400 | INVALID_VALUE
            POST   |          | []                                         | 400 | INVALID_VALUE
            POST   |          | {}                                         | 400 | INVALID_VALUE
            POST   |          | {"version":"1"}                            | 400 | INVALID_VALUE
            POST   |          | {"version":1.5}                            | 400 | INVALID_VALUE
            POST   |          | {"version":true}                           | 400 | INVALID_VALUE
            POST   |          | {"version":99999999999999999999}           | 400 | INVALID_VALUE
            POST   |          | {"version":7}                              | 404 | IMAGE_VERSION_UNKNOWN
            POST   |          | {"version":0}                              | 404 | IMAGE_VERSION_UNKNOWN
            POST   |          | {"version":-1}                             | 404 | IMAGE_VERSION_UNKNOWN
            POST   |          | {"version":1,"version":1}                  | 400 | INVALID_VALUE
            POST   |          | {"version":1,"blank_mib":100}              | 400 | INVALID_VALUE
            POST   |          | {"version":1,"else":1}                     | 400 | INVALID_VALUE
            POST   |          | {"version":1,"network":"lan"}              | 400 | INVALID_VALUE
            POST   |          | {"version":1,"network":"OPEN"}             | 400 | INVALID_VALUE
            POST   |          | {"version":1,"network":true}               | 400 | INVALID_VALUE
            POST   |          | {"version":1,"network":null}               | 400 | INVALID_VALUE
            POST   |          | {"version":1,"cdrom":5}                    | 400 | INVALID_VALUE
            POST   |          | {"version":1,"cdrom":["good.iso"]}         | 400 | INVALID_VALUE
            POST   |          | {"blank_mib":100}                          | 400 | INVALID_VALUE
            POST   |          | {"blank_mib":0,"cdrom":"good.iso"}         | 400 | INVALID_VALUE
            POST   |          | {"blank_mib":-1,"cdrom":"good.iso"}        | 400 | INVALID_VALUE
            POST   |          | {"blank_mib":2147483647,"cdrom":"good.iso"}| 400 | INVALID_VALUE
            POST   |          | {"blank_mib":"100","cdrom":"good.iso"}     | 400 | INVALID_VALUE
            POST   | /save    | []                                         | 400 | INVALID_VALUE
            POST   | /save    | {"force":"yes"}                            | 400 | INVALID_VALUE
            POST   | /save    | {"force":1}                                | 400 | INVALID_VALUE
            POST   | /save    | {"force":true,"name":"x"}                  | 400 | INVALID_VALUE
            POST   | /save    | {"force":true}                             | 404 | PREPARATION_UNKNOWN
            POST   | /save    | -                                          | 404 | PREPARATION_UNKNOWN
            POST   | /restart | -                                          | 404 | PREPARATION_UNKNOWN
            POST   | /eject   | -                                          | 404 | PREPARATION_UNKNOWN
            GET    | /screenshot | -                                       | 404 | PREPARATION_UNKNOWN
            GET    |          | -                                          | 404 | PREPARATION_UNKNOWN
            DELETE |          | -                                          | 404 | PREPARATION_UNKNOWN
            PUT    |          | {"version":1}                              | 405 | METHOD_NOT_ALLOWED
            """)
    void restRefusesWithATypedError(String method, String below, String body, int status, String code)
            throws IOException {
        RawHttp.Answer answer = server.admin(method, REST + (below == null ? "" : below), body == null ? "" : body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(server.json(answer).at("/error/code").asText()).isEqualTo(code);
        assertThat(server.json(answer).at("/error/message").asText()).isNotBlank();
    }

    @Test
    void aBodyOfMoreThanAMegabyteIsRefused() throws IOException {
        RawHttp.Answer answer =
                server.admin("POST", REST, "{\"version\":1,\"cdrom\":\"" + "x".repeat(1_100_000) + "\"}");
        assertThat(answer.status()).isIn(400, 413);
    }

    @Test
    void manyAtOnceBeginOneSaveOneAndDiscardOne() throws Exception {
        assertThat(atOnce("POST", REST, "{\"version\":1}"))
                .containsOnlyOnce(202)
                .allMatch(status -> status == 202 || status == 409);
        awaitState(server, "running");
        assertThat(atOnce("POST", REST + "/save", "{\"force\":true}"))
                .containsOnlyOnce(202)
                .allMatch(status -> status == 202 || status == 409 || status == 404);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> server.admin("GET", REST, "").status() == 404);
        assertThat(server.json(server.admin("GET", "/v1/services/demo/images", ""))
                        .path("images"))
                .hasSize(2);
        begin(server);
        assertThat(atOnce("DELETE", REST, "")).contains(200).allMatch(status -> status == 200 || status == 404);
    }

    private List<Integer> atOnce(String method, String path, String body) throws Exception {
        CyclicBarrier together = new CyclicBarrier(AT_ONCE);
        Callable<Integer> one = () -> {
            together.await();
            return server.admin(method, path, body).status();
        };
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Integer> statuses = new ArrayList<>();
            for (Future<Integer> answer : threads.invokeAll(Collections.nCopies(AT_ONCE, one))) {
                statuses.add(answer.get());
            }
            return statuses;
        } finally {
            threads.shutdown();
        }
    }

    static void begin(TestServer server) throws IOException {
        assertThat(server.admin("POST", REST, "{\"version\":1}").status()).isEqualTo(202);
        awaitState(server, "running");
    }

    private static void awaitState(TestServer server, String state) {
        await().atMost(Duration.ofSeconds(30)).until(() -> server.json(server.admin("GET", REST, ""))
                .path("state")
                .asText()
                .equals(state));
    }
}
