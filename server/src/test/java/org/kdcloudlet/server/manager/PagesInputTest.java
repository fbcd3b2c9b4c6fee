package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.server.TestServer;

/** Bad input to the pages: each is refused with a page that says so, none is a fault of the program. */
@Timeout(120)
class PagesInputTest {
    @TempDir
    private static Path data;

    private static TestServer server;
    private static String bearer;
    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.withManager(data, Map.of());
        server.serve("demo", 0);
        bearer = server.json(server.admin("POST", "/v1/tokens", "{\"name\":\"all\",\"role\":\"administrator\"}"))
                .path("secret")
                .asText();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(
                request.header("Authorization", "Bearer " + bearer).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(server.manager() + path)));
    }

    private HttpResponse<String> post(String path, String form) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(server.manager() + path))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form)));
    }

    @ParameterizedTest
    @CsvSource({
        "/nowhere, 404",
        "/services/nope, 404",
        "/services/%3Cimg%20src%3Dx%3E, 404",
        "/services/nope/remove, 404",
        "/instances/not-an-id/log, 404",
        "/instances/00000000-0000-0000-0000-000000000000/screen, 404",
        "/apps/nope, 404",
        "/apps/%3Cimg%20src%3Dx%3E/remove, 404",
        "/instances/00000000-0000-0000-0000-000000000000/console, 404",
        "/instances/not-an-id/console, 404",
        "/files/novnc/core/rfb.js, 200",
        "/files/novnc/core/nothing.js, 404",
        "/files/novnc/core/%2e%2e/manager.js, 404",
        "/files/novnc/copyright, 404",
        "/operations/abc, 404",
        "/operations/999999999999999999999999, 404",
        "/operations/7777/body, 404",
        "/audit?since=yesterday, 400",
        "/audit?action=%25, 400",
        "/audit?limit=100000, 400",
        "/audit?before=-1, 400",
        "/operations?limit=0, 400",
        "/operations?limit=100000, 400",
        "/operations?before=yesterday, 400",
        "/operations?state=%3Cimg%20src%3Dx%3E, 400",
        "/operations?state=&before=, 200",
        "/operations/changes, 200",
        "/operations/changes?rows=%3Cimg%20src%3Dx%3E&last=1&older=%3Cscript%3E, 200",
        "/operations/changes?last=x, 400",
        "/apps/changes?state=%3Cimg%20src%3Dx%3E, 200",
        "/files/nothing.js, 404",
        "/files/%2e%2e%2fFrame.class, 404",
        "/files/..%5cmanager.css, 404",
        "/services?done=%3Cscript%3E, 200",
        "/new-service/check?service_id=&ports=x, 200",
    })
    void addresses(String path, int status) throws Exception {
        HttpResponse<String> answer = get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).doesNotContain("<img", "<script>");
    }

    @ParameterizedTest
    @CsvSource({
        "/services, '', 400",
        "/services, service_id=a&ports=99999, 400",
        "/services, service_id=a&ports=80/sctp, 400",
        "/services, service_id=%00&ports=80, 400",
        "/services, service_id=demo&ports=80&memory_mib=256&cpus=1, 400",
        "/services/demo/edit, ports=80&memory_mib=lots, 400",
        "/services/nope/edit, '', 404",
        "/services/demo/images/x/use, '', 400",
        "/services/demo/images/9/use, '', 404",
        "/services/demo/images/1/remove, '', 409",
        "/instances, '', 404",
        "/instances, service_id=nope, 404",
        "/instances/not-an-id/pause, '', 404",
        "/apps/nope/edit, tags=a, 404",
        "/apps/nope/remove, '', 404",
        "/packages/import, '', 400",
        "/packages/import, name=..%2Fx, 400",
        "/packages/import, name=%00, 400",
        "/operations/1/cancel, '', 200",
        "/operations/abc/cancel, '', 404",
        "/users, '', 400",
        "/users, name=ada&role=VIEWER&password=short, 400",
        "/users, name=ada&role=OWNER&password=long-enough-it-is, 400",
        "/users/nobody/edit, role=VIEWER, 404",
        "/users/nobody/remove, '', 404",
        "/tokens, name=x&role=VIEWER&days=0, 400",
        "/tokens, name=x&role=VIEWER&days=many, 400",
        "/tokens/nope/remove, '', 404",
        "/sessions/nope/remove, '', 404",
        "/log-in, '', 403",
        "/log-in, name=%zz&password=%, 403",
        "/users, name=%ff%fe&role=VIEWER&password=long-enough-it-is, 400",
        "/setup, code=guessed&name=eve&password=long-enough-it-is, 403",
    })
    void forms(String path, String form, int status) throws Exception {
        HttpResponse<String> answer = post(path, form);
        int answered = answer.statusCode() == 303 ? 200 : answer.statusCode();
        assertThat(answered).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).doesNotContain("INTERNAL", "A fault of the program");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/services", "/users"})
    void aFormOfMoreThanAMegabyteIsRefused(String path) throws Exception {
        HttpResponse<String> answer = post(path, "name=" + "x".repeat(2 * 1024 * 1024));
        assertThat(answer.statusCode()).isEqualTo(413);
    }

    @Test
    void whatIsNoFormIsRefusedToo() throws Exception {
        HttpResponse<String> answer = send(HttpRequest.newBuilder(URI.create(server.manager() + "/services"))
                .header("Content-Type", "multipart/form-data; boundary=x")
                .POST(HttpRequest.BodyPublishers.ofString("--x\r\nrubbish")));
        assertThat(answer.statusCode()).isEqualTo(400);
    }
}
