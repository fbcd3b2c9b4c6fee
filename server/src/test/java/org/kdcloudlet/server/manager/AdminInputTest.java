package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.web.RawHttp.Answer;

/** Whatever is sent to the admin REST API, what is wrong with it comes back as a typed error and never as a fault. */
@Timeout(120)
class AdminInputTest {
    @TempDir
    private static Path data;

    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        server = new TestServer(data);
        server.admin("POST", "/v1/services", "{\"service_id\":\"demo\",\"ports\":[{\"port\":9000}]}");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            GET    | /v1/services/unknown                  |                                   | 404 | SERVICE_UNKNOWN
            GET    | /v1/services/%00%1b                   |                                   | 400 | BAD_REQUEST
            GET    | /v1/nothing                           |                                   | 404 | NOT_FOUND
            GET    | /                                     |                                   | 404 | NOT_FOUND
            PUT    | /v1/services                          |                                   | 405 | METHOD_NOT_ALLOWED
            DELETE | /v1/status                            |                                   | 405 | METHOD_NOT_ALLOWED
            NONSENSE | /v1/status                          |                                   | 405 | METHOD_NOT_ALLOWED
            POST   | /v1/services                          |                                   | 400 | INVALID_VALUE
            POST   | /v1/services                          | {                                 | 400 | INVALID_VALUE
            POST   | /v1/services                          | []                                | 400 | INVALID_VALUE
            POST   | /v1/services                          | {} {}                             | 400 | INVALID_VALUE
            POST   | /v1/services                          | {}                                | 400 | INVALID_VALUE
            POST   | /v1/services                          | {"service_id":1,"ports":[{"port":1}]}               | 400 | INVALID_VALUE
            POST   | /v1/services                          | {"service_id":"a","ports":[{"port":0}]}             | 400 | INVALID_VALUE
            POST   | /v1/services                          | {"service_id":"a","ports":[{"port":"80"}]}          | 400 | INVALID_VALUE
            POST   | /v1/services                          | {"service_id":"a","ports":[{"port":80.5}]}          | 400 | INVALID_VALUE
            POST   | /v1/services                          | {"service_id":"a","ports":80}                       | 400 | INVALID_VALUE
            POST   | /v1/services                          | {"service_id":"a","ports":[null]}                   | 400 | INVALID_VALUE
            POST   | /v1/services                          | {"service_id":"a","ports":[{"port":80}],"x":1}      | 400 | INVALID_VALUE
            POST   | /v1/services                          | {"service_id":"a","service_id":"b","ports":[{"port":80}]} | 400 | INVALID_VALUE
            POST   | /v1/services                          | {"service_id":"a/b","ports":[{"port":80}]}          | 400 | INVALID_VALUE
            POST   | /v1/services                          | {"service_id":"a","ports":[{"port":80}],"tags":"x"} | 400 | INVALID_VALUE
            POST   | /v1/services                          | {"service_id":"a","ports":[{"port":80}],"network":"lan"} | 400 | INVALID_VALUE
            POST   | /v1/services                          | {"service_id":"a","ports":[{"port":80}],"machine":{"memory_mib":1}} | 400 | INVALID_VALUE
            POST   | /v1/services                          | {"service_id":"a","ports":[{"port":80}],"probe":{"kind":"exchange","expect":"%%"}} | 400 | INVALID_VALUE
            POST   | /v1/services                          | {"service_id":"demo","ports":[{"port":80}]}         | 409 | SERVICE_EXISTS
            PATCH  | /v1/services/demo                     | {"num_users":-1}                  | 400 | INVALID_VALUE
            PATCH  | /v1/services/demo                     | {"num_users":99999999999999999}   | 400 | INVALID_VALUE
            PATCH  | /v1/services/unknown                  | {}                                | 404 | SERVICE_UNKNOWN
            DELETE | /v1/services/unknown                  |                                   | 404 | SERVICE_UNKNOWN
            POST   | /v1/services/unknown/images           | image                             | 404 | SERVICE_UNKNOWN
            POST   | /v1/services/demo/images?format=zip   | image                             | 400 | INVALID_VALUE
            POST   | /v1/services/demo/images/7/prepare    |                                   | 404 | IMAGE_VERSION_UNKNOWN
            POST   | /v1/services/demo/images/x/use        |                                   | 400 | INVALID_VALUE
            DELETE | /v1/services/demo/images/99999999999999999999 |                           | 400 | INVALID_VALUE
            POST   | /v1/instances                         | {"service_id":"demo"}             | 409 | SERVICE_WITHOUT_IMAGE
            POST   | /v1/instances                         | {"service_id":"unknown"}          | 404 | SERVICE_UNKNOWN
            POST   | /v1/instances                         | {"join":true}                     | 400 | INVALID_VALUE
            POST   | /v1/instances                         | {"service_id":"demo","join":"yes"}| 400 | INVALID_VALUE
            GET    | /v1/instances/x                       |                                   | 404 | INSTANCE_UNKNOWN
            DELETE | /v1/instances/1-1-1-1-1               |                                   | 404 | INSTANCE_UNKNOWN
            POST   | /v1/instances/x/pause                 |                                   | 404 | INSTANCE_UNKNOWN
            GET    | /v1/operations/x                      |                                   | 404 | OPERATION_UNKNOWN
            GET    | /v1/operations/99999999999999999999   |                                   | 404 | OPERATION_UNKNOWN
            GET    | /v1/operations/1/wait?seconds=x       |                                   | 400 | INVALID_VALUE
            GET    | /v1/operations/1/wait?seconds=-1      |                                   | 400 | INVALID_VALUE
            GET    | /v1/operations?limit=0                |                                   | 400 | INVALID_VALUE
            GET    | /v1/operations?limit=1001             |                                   | 400 | INVALID_VALUE
            GET    | /v1/operations?before=-1              |                                   | 400 | INVALID_VALUE
            GET    | /v1/operations?before=9999999999999999999 |                               | 400 | INVALID_VALUE
            GET    | /v1/operations?state=Running          |                                   | 400 | INVALID_VALUE
            GET    | /v1/events?limit=0                    |                                   | 400 | INVALID_VALUE
            GET    | /v1/events?after=x                    |                                   | 400 | INVALID_VALUE
            """)
    void badInputIsATypedError(String method, String path, String body, int status, String code) throws IOException {
        Answer answer = server.admin(method, path, body == null ? "" : body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(server.json(answer).at("/error/code").asText()).isEqualTo(code);
        assertThat(server.json(answer).at("/error/message").asText())
                .isNotBlank()
                .doesNotMatch("(?s).*\\p{Cntrl}.*");
        assertThat(server.json(answer).at("/error/details").isObject()).isTrue();
    }

    @Test
    void allThatIsWrongIsReportedAtOnce() throws IOException {
        Answer answer = server.admin(
                "POST",
                "/v1/services",
                "{\"service_id\":\"!\",\"ports\":[],\"num_users\":-1,\"machine\":{\"cpus\":0}}");
        assertThat(server.json(answer).at("/error/details/problems")).hasSizeGreaterThanOrEqualTo(4);
    }

    @Test
    void aBodyOfAMegabyteIsTheLimit() throws IOException {
        Answer answer = server.admin("POST", "/v1/services", "{\"service_id\":\"" + "x".repeat(1_100_000) + "\"}");
        assertThat(answer.status()).isIn(400, 413);
        assertThat(server.json(answer).at("/error/code").asText()).isNotBlank();
    }
}
