package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.account.Accounts;
import org.kdcloudlet.server.app.TestApk;
import org.kdcloudlet.server.web.OpenApi;
import org.kdcloudlet.server.web.RawHttp;
import org.kdcloudlet.server.web.RawHttp.Answer;

/** Holds the admin REST API to docs/reference/openapi.yaml and to the form of its errors. */
@Timeout(120)
class AdminApiTest {
    private static final String SERVICE = "/v1/services/{service_id}";
    private static final String PACKAGE_TYPE = "application/octet-stream";
    private static final String INSTANCE = "/v1/instances/{id}";
    private static final String OPERATION = "/v1/operations/{id}";

    private final OpenApi document = new OpenApi();

    @TempDir
    private Path data;

    @TempDir
    private Path folder;

    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(data, settings());
    }

    private Map<String, Object> settings() throws IOException {
        String folder = Files.createDirectories(data.resolve("packages")).toString();
        return Map.of("packages.import-folder", folder, "packages.export-folder", folder);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void documentAndRoutesAreTheSame() {
        Set<String> routes = new TreeSet<>();
        Accounts accounts = new Accounts(null, null, null, null, null);
        AdminApi.Parts parts = new AdminApi.Parts(
                null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, accounts,
                null, null);
        AdminApi.routes(parts, new EventsResource(null))
                .forEach(route -> routes.add(route.method().name() + " " + route.path()));
        assertThat(routes).isEqualTo(document.operations("/v1"));
    }

    @Test
    void eachRouteNeedsTheRoleThatIsDocumented() {
        Accounts accounts = new Accounts(null, null, null, null, null);
        AdminApi.Parts parts = new AdminApi.Parts(
                null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, accounts,
                null, null);
        AdminApi.routes(parts, new EventsResource(null)).forEach(route -> assertThat(AdminJson.name(route.role()))
                .as("%s %s", route.method(), route.path())
                .isEqualTo(document.role(route.method().name(), route.path())));
    }

    @Test
    void everyRouteAnswersAsDocumented() throws IOException {
        call(
                "POST",
                "/v1/services",
                Map.of(),
                "{\"service_id\":\"demo\",\"ports\":[{\"port\":9000}],\"pool_size\":1}",
                201);
        call("GET", "/v1/services", Map.of(), "", 200);
        call("PATCH", SERVICE, demo(), "{\"description\":\"A demo\",\"tags\":[\"one\"]}", 200);
        assertThat(call("GET", SERVICE, demo(), "", 200).path("description").asText())
                .isEqualTo("A demo");
        images();
        instance();
        apps();
        packages();
        uploads("first of demo");
        preparation();
        call("GET", "/v1/operations", Map.of(), "", 200);
        call("GET", "/v1/events", Map.of(), "", 200);
        call("GET", "/v1/status", Map.of(), "", 200);
        assertThat(call("GET", "/v1/load", Map.of(), "", 200).path("samples")).isNotEmpty();
        call("GET", "/v1/cloudlets", Map.of(), "", 200);
        call("GET", "/v1/certificate", Map.of(), "", 409);
        changeSettings();
        call("DELETE", SERVICE, demo(), "", 200);
        accounts();
        backups();
        assertThat(document.checked()).isEqualTo(document.operations("/v1"));
    }

    private void images() throws IOException {
        String images = SERVICE + "/images";
        String first =
                call("POST", images, demo(), "first image", 202).path("id").asText();
        call("GET", OPERATION, Map.of("id", first), "", 200);
        awaitSuccess(first);
        call("POST", OPERATION + "/cancel", Map.of("id", first), "", 200);
        Map<String, String> version = Map.of("service_id", "demo", "number", "1");
        awaitSuccess(call("POST", images + "/{number}/prepare", version, "", 202)
                .path("id")
                .asText());
        awaitSuccess(
                call("POST", images, demo(), "second image", 202).path("id").asText());
        assertThat(call("GET", images, demo(), "", 200).path("images")).hasSize(2);
        call("POST", images + "/{number}/use", Map.of("service_id", "demo", "number", "2"), "", 200);
        call("DELETE", images + "/{number}", version, "", 200);
    }

    private void uploads(String content) throws IOException {
        String uploads = "/v1/uploads";
        String one = uploads + "/{id}";
        String created = "Upload-Length: " + content.length() + "\r\nUpload-Metadata: kind aW1hZ2U=,filename YQ==\r\n";
        String id = server.json(upload("POST", uploads, "", created, "", 201))
                .path("id")
                .asText();
        upload("OPTIONS", uploads, "", "", "", 204);
        upload("PATCH", one, id, "Upload-Offset: 3\r\n", content.substring(3), 409);
        upload("PATCH", one, id, "Upload-Offset: 0\r\n", content, 204);
        call("GET", uploads, Map.of(), "", 200);
        call("GET", one, Map.of("id", id), "", 200);
        assertThat(upload("HEAD", one, id, "", "", 200).header("Upload-Offset"))
                .isEqualTo(Integer.toString(content.length()));
        awaitSuccess(server.json(server.admin("POST", "/v1/services/demo/images?upload=" + id, ""))
                .path("id")
                .asText());
        String other = server.json(upload("POST", uploads, "", created, "", 201))
                .path("id")
                .asText();
        upload("DELETE", one, other, "", "", 204);
        upload("DELETE", one, other, "", "", 404);
    }

    private Answer upload(String method, String path, String id, String headers, String body, int status)
            throws IOException {
        Answer answer = RawHttp.exchange(
                server.socket(),
                method,
                path.replace("{id}", id),
                "Content-Type: application/offset+octet-stream\r\n" + headers,
                body.getBytes(StandardCharsets.UTF_8));
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        document.check(method + " " + path, answer);
        return answer;
    }

    private void preparation() throws IOException {
        String one = SERVICE + "/preparation";
        int version =
                call("GET", SERVICE, demo(), "", 200).path("image_version").asInt();
        awaitSuccess(call("POST", one, demo(), "{\"version\":" + version + ",\"network\":\"open\"}", 202)
                .path("id")
                .asText());
        assertThat(call("GET", one, demo(), "", 200).path("network").asText()).isEqualTo("open");
        assertThat(call("GET", "/v1/preparations", Map.of(), "", 200).path("preparations"))
                .hasSize(1);
        check("GET", one + "/screenshot", demo(), "", 200);
        call("POST", one + "/restart", demo(), "", 200);
        call("POST", one + "/eject", demo(), "", 200);
        awaitSuccess(call("POST", one + "/save", demo(), "{\"force\":true}", 202)
                .path("id")
                .asText());
        call("DELETE", one, demo(), "", 404);
        awaitSuccess(call("POST", one, demo(), "{\"version\":" + version + "}", 202)
                .path("id")
                .asText());
        call("DELETE", one, demo(), "", 200);
    }

    private void instance() throws IOException {
        JsonNode started = call("POST", "/v1/instances", Map.of(), "{\"service_id\":\"demo\"}", 201);
        Map<String, String> id = Map.of("id", started.path("id").asText());
        call("GET", "/v1/instances", Map.of(), "", 200);
        call("GET", INSTANCE, id, "", 200);
        assertThat(call("POST", INSTANCE + "/pause", id, "", 200).path("state").asText())
                .isEqualTo("paused");
        call("POST", INSTANCE + "/resume", id, "", 200);
        call("GET", INSTANCE + "/usage", id, "", 200);
        check("GET", INSTANCE + "/log", id, "", 200);
        check("GET", INSTANCE + "/screenshot", id, "", 200);
        call("POST", INSTANCE + "/suspend", id, "", 200);
        assertThat(call("POST", INSTANCE + "/wake", id, "", 200).path("state").asText())
                .isEqualTo("ready");
        snapshots(id);
        awaitSuccess(call("POST", INSTANCE + "/save", id, "{\"service_id\":\"demo.saved\"}", 202)
                .path("id")
                .asText());
        call("POST", INSTANCE + "/save", id, "{\"service_id\":\"demo\"}", 409);
        call("POST", INSTANCE + "/save", id, "{\"service_id\":7}", 400);
        call("DELETE", SERVICE, Map.of("service_id", "demo.saved"), "", 200);
        call("DELETE", INSTANCE, id, "", 200);
        call("GET", INSTANCE, id, "", 404);
    }

    private void snapshots(Map<String, String> instance) throws IOException {
        String all = INSTANCE + "/snapshots";
        Map<String, String> first = Map.of("id", instance.get("id"), "name", "first");
        call("POST", all, instance, "{\"name\":\"../x\"}", 400);
        call("POST", all, instance, "{\"name\":1,\"other\":2}", 400);
        call("POST", all + "/{name}/restore", first, "", 404);
        awaitSuccess(call("POST", all, instance, "{\"name\":\"first\"}", 202)
                .path("id")
                .asText());
        call("POST", all, instance, "{\"name\":\"first\"}", 409);
        assertThat(call("GET", all, instance, "", 200).at("/snapshots/0/name").asText())
                .isEqualTo("first");
        awaitSuccess(
                call("POST", all + "/{name}/restore", first, "", 202).path("id").asText());
        call("DELETE", all + "/{name}", first, "", 200);
        call("DELETE", all + "/{name}", first, "", 404);
    }

    private void packages() throws IOException {
        Path exported = data.resolve("packages").resolve("demo-2.csvm");
        awaitSuccess(
                call("POST", SERVICE + "/export", demo(), "", 202).path("id").asText());
        call("POST", SERVICE + "/export", demo(), "", 409);
        assertThat(call("GET", "/v1/packages", Map.of(), "", 200)
                        .at("/packages/0/name")
                        .asText())
                .isEqualTo("demo-2.csvm");
        document.check(
                "GET " + SERVICE + "/package",
                download(
                        "/v1/services/demo/package?compressed=false",
                        PACKAGE_TYPE,
                        "demo-2.csvm",
                        "service.json",
                        "demo.qcow2"));
        document.check(
                "GET " + SERVICE + "/template",
                download("/v1/services/demo/template", PACKAGE_TYPE, "demo-2.template", "\u00b5/\u00fd"));
        call("GET", SERVICE + "/template", Map.of("service_id", "nothing"), "", 404);
        call("DELETE", SERVICE, demo(), "", 200);
        byte[] content = Files.readAllBytes(exported);
        awaitSuccess(server.json(check("POST", "/v1/packages", Map.of(), content, 202))
                .path("id")
                .asText());
        call("DELETE", SERVICE, demo(), "", 200);
        Map<String, String> name = Map.of("name", "demo-2.csvm");
        awaitSuccess(call("POST", "/v1/packages/{name}/import", name, "", 202)
                .path("id")
                .asText());
        assertThat(call("GET", SERVICE, demo(), "", 200).path("attention").isNull())
                .isTrue();
        call("POST", "/v1/packages/{name}/import", Map.of("name", "..%2Fx"), "", 400);
        Files.writeString(data.resolve("packages/third.vdi"), "third image");
        assertThat(call("GET", "/v1/import-folder/images", Map.of(), "", 200)
                        .at("/images/0/format")
                        .asText())
                .isEqualTo("vdi");
        awaitSuccess(server.json(server.admin("POST", "/v1/services/demo/images?from=third.vdi", ""))
                .path("id")
                .asText());
    }

    /** The answers whose length is not known before. */
    private Answer download(String path, String type, String name, String... members) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(server.socket()))) {
            Channels.newOutputStream(channel)
                    .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String all = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(all)
                    .startsWith("HTTP/1.1 200 OK")
                    .contains("Content-Type: " + type)
                    .contains("filename=\"" + name + "\"")
                    .contains(members)
                    .endsWith("0\r\n\r\n");
            return new Answer(200, Map.of("Content-Type", type), "");
        }
    }

    private void apps() throws IOException {
        TestApk apks = new TestApk(folder);
        String app = "/v1/apps/{id}";
        byte[] first = Files.readAllBytes(apks.make("org.example.speech", 7, "1.0"));
        JsonNode added = server.json(check("POST", "/v1/apps", Map.of(), first, 201));
        assertThat(added.path("min_android_version").asText()).isEqualTo("4.1");
        Map<String, String> id = Map.of("id", added.path("id").asText());
        call("GET", "/v1/apps", Map.of(), "", 200);
        call("GET", app, id, "", 200);
        JsonNode edited = call("PATCH", app, id, "{\"tags\":[\"speech\"],\"service_id\":\"demo\"}", 200);
        assertThat(edited.path("service_id").asText()).isEqualTo("demo");
        assertThat(call("PATCH", app, id, "{\"service_id\":null}", 200)
                        .path("service_id")
                        .isNull())
                .isTrue();
        check("GET", app + "/package", id, "", 200);
        check("GET", app + "/icon", id, "", 200);
        byte[] second = Files.readAllBytes(apks.make("org.example.speech", 8, "1.1"));
        check("POST", app + "/package", id, second, 200);
        check("POST", app + "/package", id, first, 409);
        check("POST", "/v1/apps", Map.of(), first, 409);
        call("PATCH", app, id, "{\"tags\":[\"a,b\"],\"name\":1}", 400);
        call("DELETE", app, id, "", 200);
        call("GET", app, id, "", 404);
        call("POST", "/v1/apps", Map.of(), "no app", 400);
    }

    private void changeSettings() throws IOException {
        Map<String, String> key = Map.of("key", "instances.max");
        call("PUT", "/v1/settings/{key}", key, "{\"value\":12}", 200);
        call("GET", "/v1/settings", Map.of(), "", 200);
        call("DELETE", "/v1/settings/{key}", key, "", 200);
        call("PUT", "/v1/settings/{key}", key, "{\"value\":0}", 400);
    }

    private void accounts() throws IOException {
        String users = "/v1/users";
        call("POST", users, Map.of(), "{\"name\":\"ada\",\"role\":\"operator\",\"password\":\"a good password\"}", 201);
        call("GET", users, Map.of(), "", 200);
        Map<String, String> ada = Map.of("name", "ada");
        call("GET", users + "/{name}", ada, "", 200);
        call("PATCH", users + "/{name}", ada, "{\"role\":\"viewer\",\"password\":\"a better password\"}", 200);
        call("POST", "/v1/password", Map.of(), "{\"current\":\"x\",\"password\":\"a better password\"}", 409);
        call("DELETE", users + "/{name}", ada, "", 200);
        JsonNode token = call("POST", "/v1/tokens", Map.of(), "{\"name\":\"backup\"}", 201);
        call("GET", "/v1/tokens", Map.of(), "", 200);
        call("DELETE", "/v1/tokens/{id}", Map.of("id", token.path("id").asText()), "", 200);
        call("GET", "/v1/sessions", Map.of(), "", 200);
        call("DELETE", "/v1/sessions/{id}", Map.of("id", "none"), "", 404);
        call("POST", "/v1/setup-link", Map.of(), "", 409);
        JsonNode newest =
                call("GET", "/v1/audit", Map.of(), "", 200).path("entries").get(0);
        assertThat(newest.path("action").asText()).isEqualTo("setup-link.create");
        assertThat(newest.path("outcome").asText()).isEqualTo("CONFLICT");
        assertThat(newest.path("actor").asText()).isEqualTo(System.getProperty("user.name"));
        document.check(
                "GET /v1/audit/export",
                download("/v1/audit/export?format=csv", "text/csv", "audit.csv", "\"setup-link.create\""));
        assertThat(server.admin("GET", "/v1/audit?format=csv&action=users", "").body())
                .startsWith("id,time,actor,via,address,action,target,outcome\r\n")
                .contains("\"users.remove\",\"ada\",\"done\"");
    }

    private void backups() throws IOException {
        awaitSuccess(call("POST", "/v1/backups?images=true", Map.of(), "", 202)
                .path("id")
                .asText());
        String name = call("GET", "/v1/backups", Map.of(), "", 200)
                .at("/backups/0/name")
                .asText();
        check("GET", "/v1/backups/{name}", Map.of("name", name), "", 200);
        call("DELETE", "/v1/backups/{name}", Map.of("name", name), "", 200);
        call("GET", "/v1/backups/{name}", Map.of("name", "..%2Fx"), "", 404);
        call("GET", "/v1/backups/{name}", Map.of("name", name), "", 404);
        call("POST", "/v1/restore", Map.of(), "no backup", 202);
    }

    private void awaitSuccess(String operation) throws IOException {
        JsonNode ended = call("GET", OPERATION + "/wait", Map.of("id", operation), "", 200);
        assertThat(ended.path("state").asText()).as("%s", ended).isEqualTo("succeeded");
    }

    @Test
    void anAcceptedImportNamesItsOperation() throws IOException {
        server.admin("POST", "/v1/services", "{\"service_id\":\"demo\",\"ports\":[{\"port\":9000}]}");
        Answer accepted = server.admin("POST", "/v1/services/demo/images", "an image");
        assertThat(accepted.header("Location"))
                .isEqualTo("/v1/operations/" + server.json(accepted).path("id").asText());
    }

    @Test
    void anUploadWhoseServiceIsRemovedMeanwhileIsRemovedToo() throws IOException {
        server.admin("POST", "/v1/services", "{\"service_id\":\"demo\",\"ports\":[{\"port\":9000}]}");
        try (SocketChannel upload = SocketChannel.open(UnixDomainSocketAddress.of(server.socket()))) {
            String head = "POST /v1/services/demo/images HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n\r\n";
            upload.write(StandardCharsets.US_ASCII.encode(head + "half"));
            await().atMost(TestCloudlet.PATIENCE).until(() -> uploads() == 1);
            server.admin("DELETE", "/v1/services/demo", "");
            upload.write(StandardCharsets.US_ASCII.encode("half"));

            assertThat(RawHttp.read(Channels.newInputStream(upload), false).status())
                    .isEqualTo(404);
        }
        assertThat(uploads()).isZero();
    }

    private long uploads() throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("uploads"))) {
            return files.count();
        }
    }

    @Test
    void theSocketIsForOwnerAndGroup() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(server.socket())))
                .isEqualTo("rw-rw----");
        assertThat(data.resolve(".socket")).doesNotExist();
        server.close();
        assertThat(server.socket()).doesNotExist();
    }

    @Test
    void whatAServerThatWasKilledLeftOfItsSocketIsReplaced() throws IOException {
        server.close();
        Files.createDirectory(data.resolve(".socket"));
        Files.writeString(data.resolve(".socket/s"), "left");
        Files.writeString(server.socket(), "left");
        server = new TestServer(data);
        assertThat(server.admin("GET", "/v1/status", "").status()).isEqualTo(200);
    }

    @Test
    void eventsAreStreamedFromTheLastOneThatWasSeen() throws IOException {
        server.admin("POST", "/v1/services", "{\"service_id\":\"first\",\"ports\":[{\"port\":9000}]}");
        JsonNode past = server.json(server.admin("GET", "/v1/events", "")).path("events");
        String last = past.get(past.size() - 1).path("id").asText();
        server.admin("POST", "/v1/services", "{\"service_id\":\"second\",\"ports\":[{\"port\":9000}]}");
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(server.socket()))) {
            Channels.newOutputStream(channel)
                    .write(("GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nLast-Event-ID: "
                                    + last + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
            assertThat(untilData(lines)).contains("HTTP/1.1 200 OK").anyMatch(line -> line.contains("\"second\""));
            server.admin("POST", "/v1/services", "{\"service_id\":\"third\",\"ports\":[{\"port\":9000}]}");
            assertThat(untilData(lines)).anyMatch(line -> line.contains("\"third\""));
        }
    }

    private static List<String> untilData(BufferedReader lines) throws IOException {
        List<String> read = new ArrayList<>();
        do {
            read.add(lines.readLine());
        } while (!read.get(read.size() - 1).startsWith("data:"));
        return read;
    }

    private static Map<String, String> demo() {
        return Map.of("service_id", "demo");
    }

    private JsonNode call(String method, String path, Map<String, String> parameters, String body, int status)
            throws IOException {
        return server.json(check(method, path, parameters, body, status));
    }

    private Answer check(String method, String path, Map<String, String> parameters, String body, int status)
            throws IOException {
        return check(method, path, parameters, body.getBytes(StandardCharsets.UTF_8), status);
    }

    private Answer check(String method, String path, Map<String, String> parameters, byte[] body, int status)
            throws IOException {
        String actual = path;
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            actual = actual.replace("{" + parameter.getKey() + "}", parameter.getValue());
        }
        Answer answer = RawHttp.exchange(server.socket(), method, actual, "Content-Type: application/json\r\n", body);
        assertThat(answer.status())
                .as("%s %s: %s", method, actual, answer.body())
                .isEqualTo(status);
        document.check(method + " " + path.replaceFirst("\\?.*", ""), answer);
        return answer;
    }
}
