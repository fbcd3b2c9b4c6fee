package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.web.RawHttp;

/** Bad input to the pages that prepare images by hand, CD-ROMs above all: it is refused, says why, and begins nothing. */
@Timeout(120)
class PreparationInputTest {
    private static final String REST = "/v1/services/demo/preparation";
    private static final String PAGE = "/services/demo/preparation";

    @TempDir
    private static Path data;

    @TempDir
    private static Path imports;

    private static TestServer server;
    private static String operator;
    private static String viewer;
    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        server = TestServer.withManager(data, Map.of("packages.import-folder", imports.toString()));
        server.serve("demo", 0);
        operator = token("operator");
        viewer = token("viewer");
        Files.writeString(imports.resolve("good.iso"), "tools");
        Files.createSymbolicLink(imports.resolve("link.iso"), Files.writeString(data.resolve("secret"), "root's"));
        Files.createSymbolicLink(imports.resolve("device.iso"), Path.of("/dev/zero"));
        Files.createDirectory(imports.resolve("folder.iso"));
        Files.writeString(imports.resolve("passwords.txt"), "none");
        String pipe = imports.resolve("pipe.iso").toString();
        assertThat(new ProcessBuilder("mkfifo", pipe).start().waitFor()).isZero();
    }

    private static String token(String role) throws IOException {
        return server.json(server.admin("POST", "/v1/tokens", "{\"name\":\"" + role + "\",\"role\":\"" + role + "\"}"))
                .path("secret")
                .asText();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        PreparationRestInputTest.assertNothingIsLeft(server);
    }

    /** What is there but no plain file, what is elsewhere, and what no file can be called. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "link.iso",
                "device.iso",
                "folder.iso",
                "pipe.iso",
                "passwords.txt",
                "missing.iso",
                "../secret",
                "../good.iso",
                "./good.iso",
                "x/../good.iso",
                "/dev/zero",
                "/etc/passwd",
                "good.iso/",
                "GOOD.ISO",
                ".",
                "..",
                " ",
                "good.iso\\u0000",
                "good.iso\\n",
                "\\ud800.iso"
            })
    void aCdromIsAPlainFileOfTheImportFolderAndNothingElse(String name) throws Exception {
        RawHttp.Answer answer = server.admin("POST", REST, "{\"version\":1,\"cdrom\":\"" + name + "\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertThat(server.json(answer).at("/error/code").asText()).isEqualTo("INVALID_VALUE");
        HttpResponse<String> page = post(operator, PAGE, "from=1&cdrom=" + encoded(name));
        assertThat(page.statusCode()).as(page.body()).isEqualTo(400);
        assertThat(page.body()).contains("must be an ISO file in the import folder");
    }

    private static String encoded(String name) {
        String text = name.replace("\\u0000", "\0").replace("\\n", "\n").replace("\\ud800", "\ufffd");
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            -                                   | 400 | The image version must be a whole number
            from=                               | 400 | The image version must be a whole number
            from=one                            | 400 | The image version must be a whole number
            from=-1                             | 400 | The image version must be a whole number
            from=1.5                            | 400 | The image version must be a whole number
            from=99999999999999999999           | 400 | The image version must be a whole number
            from=%3Cimg%20src%3Dx%3E            | 400 | The image version must be a whole number
            from=7                              | 404 | 7
            from=blank&cdrom=good.iso           | 400 | The size of the disk must be a whole number
            from=blank&cdrom=good.iso&gib=lots  | 400 | The size of the disk must be a whole number
            from=blank&cdrom=good.iso&gib=-8    | 400 | The size of the disk must be a whole number
            from=blank&cdrom=good.iso&gib=0     | 400 | blank_mib
            from=blank&cdrom=good.iso&gib=999999| 400 | blank_mib
            from=blank&gib=8                    | 400 | nothing to boot
            from=1&network=lan                  | 400 | The network must be open
            from=1&network=OPEN                 | 400 | The network must be open
            """)
    void theFormSaysWhatIsWrong(String form, int status, String why) throws Exception {
        HttpResponse<String> answer = post(operator, PAGE, form == null ? "" : form);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body())
                .contains(why, "Start the machine")
                .doesNotContain("<img src=x", "A fault of the program");
    }

    @Test
    void aFormThatIsRefusedKeepsWhatWasFilledIn() throws Exception {
        HttpResponse<String> answer = post(operator, PAGE, "from=blank&gib=4096&cdrom=good.iso&network=open");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body())
                .containsPattern("value=\"blank\"[^>]* checked")
                .containsPattern("name=\"gib\"[^>]* value=\"4096\"")
                .containsPattern("<option value=\"good.iso\" selected")
                .containsPattern("name=\"network\"[^>]* checked");
        assertThat(post(operator, PAGE, "from=blank&gib=%22%3E%3Cimg%3E").body())
                .contains("&#34;>&lt;img>")
                .doesNotContain("<img>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/save", "/restart", "/eject", "/discard"})
    void thereIsNothingToBeDoneWithoutAPreparation(String below) throws Exception {
        assertThat(post(operator, PAGE + below, "").statusCode()).isEqualTo(404);
        assertThat(post(operator, "/services/nope/preparation" + below, "").statusCode())
                .isEqualTo(404);
    }

    /** By a token without the right, and by a browser whose form was made by somebody else. */
    @Test
    void aViewerAndAForeignFormChangeNothing() throws Exception {
        PreparationRestInputTest.begin(server);
        for (String below : List.of("", "/save", "/restart", "/eject")) {
            assertThat(post(viewer, PAGE + below, "from=1").statusCode()).isEqualTo(403);
            assertThat(send(viewer, "POST", REST + below, "application/json", "{\"version\":1}")
                            .statusCode())
                    .isEqualTo(403);
        }
        assertThat(post(viewer, PAGE + "/discard", "").statusCode()).isEqualTo(403);
        assertThat(send(viewer, "DELETE", REST, "application/json", "").statusCode())
                .isEqualTo(403);
        server.admin("POST", "/v1/users", "{\"name\":\"ada\",\"role\":\"operator\",\"password\":\"a good password\"}");
        String cookie = session();
        for (String csrf : List.of("", "_csrf=guessed")) {
            for (String below : List.of("/save", "/restart", "/discard")) {
                HttpRequest request = HttpRequest.newBuilder(URI.create(server.manager() + PAGE + below))
                        .header("Cookie", cookie)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(csrf))
                        .build();
                assertThat(http.send(request, HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                        .isEqualTo(403);
            }
        }
        assertThat(server.json(server.admin("GET", REST, "")).path("state").asText())
                .isEqualTo("running");
        assertThat(server.admin("DELETE", REST, "").status()).isEqualTo(200);
    }

    private String session() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.manager() + "/log-in"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("name=ada&password=a+good+password"))
                .build();
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        return answer.headers().firstValue("Set-Cookie").orElseThrow().replaceFirst(";.*", "");
    }

    private HttpResponse<String> post(String token, String path, String form) throws IOException, InterruptedException {
        return send(token, "POST", path, "application/x-www-form-urlencoded", form);
    }

    private HttpResponse<String> send(String token, String method, String path, String type, String body)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.manager() + path))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", type)
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
