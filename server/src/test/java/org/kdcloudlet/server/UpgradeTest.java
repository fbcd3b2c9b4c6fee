package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.server.storage.OlderDatabase;
import org.kdcloudlet.server.web.RawHttp;

/** Data directories of earlier versions under the present program. */
@Timeout(400)
class UpgradeTest {
    private static final String CONTENT = "image of demo";
    /** As schema 1 to 3 had it; not to be changed with the program. */
    private static final String DEFINITION = "{\"serviceId\":\"demo\",\"description\":\"A demo\",\"version\":\"1.0\","
            + "\"tags\":[\"one\"],\"ports\":[{\"protocol\":\"TCP\",\"port\":9000}],\"numUsers\":2,\"machine\":"
            + "{\"memoryMib\":256,\"cpus\":1,\"osFamily\":\"LINUX\",\"firmware\":\"BIOS\",\"deviceSet\":\"VIRTIO\"},"
            + "\"probe\":{\"protocol\":\"TCP\",\"port\":9000,\"kind\":\"tcp\"},\"readyDeadlineMillis\":180000,"
            + "\"network\":\"NONE\",\"cloned\":true,\"poolSize\":0,\"warmUps\":5}";

    private static final String TOKEN = "kdc_a-token-of-before";

    @TempDir
    private Path folder;

    @AfterEach
    void leaveNoMachineBehind() {
        Processes.workingBelow(folder).forEach(ProcessHandle::destroyForcibly);
    }

    private static String sha256(String text) throws NoSuchAlgorithmException {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest);
    }

    private static List<String> rows(int version) throws NoSuchAlgorithmException {
        List<String> rows = new ArrayList<>(List.of(
                "INSERT INTO counters VALUES ('operations', 1), ('server_starts', 1)",
                "INSERT INTO services VALUES ('0123456789abcdef01234567', 'demo', '" + DEFINITION + "', 1, 1, 1, 1)",
                "INSERT INTO image_versions VALUES ('0123456789abcdef01234567', 1, '" + sha256(CONTENT)
                        + "', 'QCOW2', " + CONTENT.length() + ", 1048576, 1, 'READY', '" + "0".repeat(64)
                        + "', NULL, 0)",
                "INSERT INTO instances VALUES ('2289f151-ce4c-4072-a02c-d2729863ae02', '0123456789abcdef01234567',"
                        + " 'demo', 1, 'CLONE', 'READY', 1, 1, 1, 1, NULL, NULL, NULL)",
                "INSERT INTO operations VALUES (1, 'image.import', 'demo', 'RUNNING', '[]', '[]', NULL, NULL, NULL, "
                        + System.currentTimeMillis() + ", " + System.currentTimeMillis() + ", NULL)",
                "INSERT INTO events VALUES (1, 1, 'image.imported', '{}', 'Of before')"));
        if (version >= 2) {
            rows.add("INSERT INTO apps VALUES ('0123456789abcdef01234568', 'org.example.speech', 'Speech', '1.0', 7,"
                    + " '4.1', '" + sha256("apk") + "', '" + "0".repeat(32) + "', 3, 0, 'demo', 'An app', '[]', 1, 1)");
        }
        if (version >= 3) {
            rows.add("INSERT INTO administrators VALUES ('ada', 'ADMINISTRATOR', 'a hash', 1, 1)");
            rows.add("INSERT INTO api_tokens VALUES ('0123456789abcdef01234569', '" + sha256(TOKEN)
                    + "', 'monitoring', 'ada', 'VIEWER', 1, " + (System.currentTimeMillis() + 3_600_000) + ", NULL)");
            rows.add("INSERT INTO counters VALUES ('audit', 1)");
            rows.add("INSERT INTO audit VALUES (1, " + System.currentTimeMillis()
                    + ", 'ada', 'SESSION', '192.0.2.1', 'services.add', 'demo', 'done')");
        }
        return rows;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aDataDirectoryOfAnEarlierSchemaIsBroughtForwardWithAllThatIsInIt(int version) throws Exception {
        Path data = folder.resolve("data");
        OlderDatabase.make(data.resolve("database/cloudlet.sqlite"), version, rows(version));
        Files.createDirectories(data.resolve("images"));
        Files.writeString(data.resolve("images").resolve(sha256(CONTENT) + ".qcow2"), CONTENT);
        Files.createDirectories(data.resolve("apps"));
        Files.writeString(data.resolve("apps").resolve(sha256("apk") + ".apk"), "apk");
        try (TestServer server = TestServer.withManager(data, Map.of())) {
            JsonNode service = server.json(server.admin("GET", "/v1/services/demo", ""));
            assertThat(service.path("description").asText()).isEqualTo("A demo");
            assertThat(service.path("image_version").asInt()).isEqualTo(1);
            JsonNode lost = server.json(server.admin("GET", "/v1/instances/2289f151-ce4c-4072-a02c-d2729863ae02", ""));
            assertThat(lost.path("state").asText()).as("its machine is gone").isEqualTo("failed");
            JsonNode started = server.json(server.admin("POST", "/v1/instances", "{\"service_id\":\"demo\"}"));
            assertThat(started.path("state").asText()).as("%s", started).isEqualTo("ready");
            assertThat(server.json(server.admin("GET", "/v1/operations/1", ""))
                            .at("/error/code")
                            .asText())
                    .isEqualTo("SERVER_RESTARTED");
            awaitTemplate(server);
            assertThat(server.admin("GET", "/v1/events", "").body())
                    .contains("template.outdated", "gets a new template", "Of before");
            int apps = server.json(server.admin("GET", "/v1/apps", ""))
                    .path("apps")
                    .size();
            assertThat(apps).isEqualTo(version >= 2 ? 1 : 0);
            JsonNode users = server.json(server.admin("GET", "/v1/users", "")).path("users");
            assertThat(users.findValuesAsText("name")).isEqualTo(version >= 3 ? List.of("ada") : List.of());
            RawHttp.Answer byToken =
                    RawHttp.get(server.manager().getPort(), "/v1/status", "Authorization: Bearer " + TOKEN + "\r\n");
            assertThat(byToken.status()).isEqualTo(version >= 3 ? 200 : 401);
        }
        try (TestServer again = new TestServer(data)) {
            assertThat(again.admin("GET", "/v1/services/demo", "").status()).isEqualTo(200);
        }
    }

    private static void awaitTemplate(TestServer server) {
        Awaitility.await().atMost(ServerProcess.PATIENCE).until(() -> server.json(
                        server.admin("GET", "/v1/services/demo/images", ""))
                .at("/images/0/template")
                .asText()
                .equals("ready"));
    }

    /** On real machines, whose templates are made for a version of QEMU, a machine and a guest. */
    @Test
    void templatesOfThePreviousSchemaAreClonedOrMadeAnewWithAMessage() throws Exception {
        Path database = folder.resolve("data/database/cloudlet.sqlite");
        try (ServerProcess server = ServerProcess.start(folder)) {
            server.addDemo();
        }
        OlderDatabase.takeBack(database, OlderDatabase.NEWEST);
        try (ServerProcess server = ServerProcess.start(folder)) {
            JsonNode cloned = server.command("instance", "start", "demo");
            assertThat(cloned.path("kind").asText()).isEqualTo("clone");
            server.command("instance", "stop", cloned.path("id").asText());
            assertThat(server.command("events").toString()).doesNotContain("template.outdated");
        }
        OlderDatabase.takeBack(database, OlderDatabase.NEWEST);
        spoilTemplates();
        try (ServerProcess server = ServerProcess.start(folder)) {
            JsonNode started = server.command("instance", "start", "demo");
            assertThat(started.path("state").asText()).isEqualTo("ready");
            Awaitility.await().atMost(ServerProcess.PATIENCE).until(() -> server.command("image", "list", "demo")
                    .at("/images/0/template")
                    .asText()
                    .equals("ready"));
            assertThat(server.output()).contains("template.outdated");
            server.command("service", "remove", "demo", "--force");
        }
    }

    private void spoilTemplates() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("data/machines/template"))) {
            List<Path> states = files.filter(
                            file -> file.getFileName().toString().equals("template.json"))
                    .toList();
            assertThat(states).isNotEmpty();
            for (Path state : states) {
                Files.writeString(state, "{\"of\": \"a program of before\"}");
            }
        }
    }
}
