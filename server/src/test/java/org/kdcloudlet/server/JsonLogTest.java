package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.web.RawHttp;

/** The log of a server in a process of its own, as programs read it. */
@Timeout(200)
class JsonLogTest {
    private static final String PASSWORD = "canary password 4711";

    @TempDir
    private Path folder;

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void eachLineIsAnObjectWithTheIdsOfItsEventAndNoSecret() throws Exception {
        int port = FreePort.next();
        Path password = Files.writeString(folder.resolve("password"), PASSWORD + "\n");
        List<String> secrets = new ArrayList<>(List.of(PASSWORD, "canary+password", "canary guess"));
        String output;
        try (ServerProcess server =
                new ServerSetup(folder).managerPort(port).logsJson().start()) {
            server.command("user", "add", "ada", "--password-file", password.toString());
            String token =
                    server.command("token", "create", "canary").path("secret").asText();
            secrets.add(token);
            assertThat(ask(port, "/v1/status", "Authorization", "Bearer " + token))
                    .isEqualTo(200);
            assertThat(ask(port, "/v1/status", "Authorization", "Bearer canary guess"))
                    .isEqualTo(401);
            logIn(port, "canary guess");
            logIn(port, PASSWORD);
            assertThat(RawHttp.exchange(port, "GET / HTTP/1.1\r\nHost: ada\r\nHost: nonsense\r\n\r\n")
                            .status())
                    .isEqualTo(400);
            assertThat(RawHttp.exchange(port, "GET / HTTP/1.1\r\nHost: a@nonsense\r\n\r\n")
                            .status())
                    .isEqualTo(400);
            server.command("service", "add", "demo", "--port", "9000");
            server.command("service", "remove", "demo");
            output = server.output();
        }
        List<JsonNode> lines = new ArrayList<>();
        for (String line : output.lines().filter(text -> text.startsWith("{")).toList()) {
            JsonNode object = new ObjectMapper().readTree(line);
            assertThat(object.path("timestamp").isIntegralNumber()).as(line).isTrue();
            assertThat(object.path("level").asText()).isIn("INFO", "WARN", "ERROR");
            assertThat(object.path("loggerName").asText()).isNotEmpty();
            assertThat(object.path("formattedMessage").asText()).as(line).isNotEmpty();
            assertThat(secrets).noneMatch(line::contains);
            assertThat(line).as("what is no HTTP is not logged").doesNotContain("nonsense");
            lines.add(object);
        }
        assertThat(lines)
                .anyMatch(line -> line.path("formattedMessage").asText().startsWith("service.added")
                        && line.at("/kvpList/0/service").asText().equals("demo"))
                .anyMatch(line -> line.path("formattedMessage").asText().startsWith("audit users.add")
                        && line.path("kvpList").findValuesAsText("target").contains("ada"));
        assertThat(output.lines().filter(text -> !text.startsWith("{")))
                .as("what is not the log is what run prints")
                .allMatch(text -> text.matches("(Nobody administers|  http|The Manager|Ready).*"));
    }

    private int ask(int port, String path, String... headers) throws Exception {
        return http.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .headers(headers)
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private void logIn(int port, String password) throws Exception {
        http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/log-in"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString("name=ada&password=" + password.replace(' ', '+')))
                        .build(),
                HttpResponse.BodyHandlers.discarding());
    }
}
