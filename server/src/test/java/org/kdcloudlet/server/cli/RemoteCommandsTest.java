package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.FreePort;
import org.kdcloudlet.server.Program;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.app.TestApk;
import org.kdcloudlet.server.tls.OwnAuthority;

/** The commands of ./cloudlet against the Manager of a whole server, over TLS with an API token. */
@Timeout(180)
class RemoteCommandsTest {
    private final ObjectMapper json = new ObjectMapper();

    @TempDir
    private Path folder;

    private TestServer server;
    private CommandRun ended = new CommandRun(0, "", "");

    @BeforeEach
    void start() throws IOException {
        server = TestServer.withManager(folder.resolve("data"), Map.of("manager.tls", "own"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static void secret(Path file, String text) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text);
    }

    private Path token(String role) throws IOException {
        Path file = folder.resolve("token-" + role);
        secret(file, here("token", "create", role, "--role", role).out());
        return file;
    }

    /** What an operator does on the cloudlet itself. */
    private CommandRun here(String... command) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of("--data", folder.resolve("data").toString()));
        return CommandRun.of(arguments);
    }

    private Path authority() throws IOException {
        return Files.writeString(
                folder.resolve("ca.pem"), here("admin", "certificate").out());
    }

    private void run(int status, String... command) {
        ended = CommandRun.of(Arrays.asList(command));
        assertThat(ended.status()).as("%s: %s", List.of(command), ended).isEqualTo(status);
    }

    /** Runs a command from elsewhere, as an administrator who has the certificate of the authority. */
    private String there(String... command) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of("--url", server.manager().toString()));
        arguments.addAll(
                List.of("--token-file", folder.resolve("token-administrator").toString()));
        arguments.addAll(List.of("--ca", folder.resolve("ca.pem").toString()));
        run(0, arguments.toArray(String[]::new));
        return ended.out();
    }

    private JsonNode json(String... command) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.add("--json");
        return json.readTree(there(arguments.toArray(String[]::new)));
    }

    @Test
    void everythingIsAdministeredFromElsewhere() throws IOException {
        token("administrator");
        authority();
        Path image = Files.writeString(folder.resolve("image"), "an image");
        there("service", "add", "demo", "--image", image.toString(), "--port", "9000", "--pool", "0");
        assertThat(there("service", "list")).contains("demo", "version 1");
        Files.writeString(image, "another image");
        there("image", "import", "demo", image.toString());
        assertThat(there("service", "versions", "demo").lines()).hasSize(3);
        there("service", "rollback", "demo");
        String id = json("instance", "start", "demo").path("id").asText();
        assertThat(there("instance", "list")).contains(id, "ready");
        there("instance", "stop", id);
        Path saved = folder.resolve("demo.csvm");
        there("service", "export", "demo", saved.toString());
        there("service", "remove", "demo");
        there("service", "import", saved.toString());
        assertThat(there("status")).contains("ridge");
        assertThat(json("discover").path("cloudlets").isArray()).isTrue();
        assertThat(there("events", "--limit", "3").lines()).hasSize(3);
        Path apk = new TestApk(folder).make("org.example.speech", 7, "1.0");
        there("app", "add", apk.toString());
        there(
                "app",
                "download",
                "org.example.speech",
                folder.resolve("saved.apk").toString());
        assertThat(folder.resolve("saved.apk")).hasSameBinaryContentAs(apk);
    }

    @Test
    void accountsAuditAndOperationsFromElsewhere() throws IOException {
        token("administrator");
        authority();
        Path password = Files.writeString(folder.resolve("password"), "a good password\n");
        there("user", "add", "ada", "--role", "administrator", "--password-file", password.toString());
        there("user", "add", "bob", "--password-file", password.toString());
        there("user", "role", "bob", "operator");
        there("user", "password", "bob", "--password-file", password.toString());
        assertThat(there("user", "list")).contains("ada", "bob", "operator");
        there("user", "remove", "bob");
        String secret = there("token", "create", "other", "--days", "7").strip();
        assertThat(there("token", "list")).contains("other").doesNotContain(secret);
        there("token", "revoke", json("token", "list").at("/tokens/0/id").asText());
        assertThat(there("audit", "--action", "users")).contains("users.remove", "token:administrator", "127.0.0.1");
        assertThat(there("audit", "--csv", "--limit", "2").lines()).hasSize(3);
        assertThat(json("audit", "--actor", "token:administrator").path("entries"))
                .hasSize(7);
        assertThat(there("admin", "setup-link")).startsWith("https://127.0.0.1:");
        server.serve("demo", 0);
        String id = json("operation", "list").at("/operations/0/id").asText();
        assertThat(there("operation", "show", id)).contains("image.import", "succeeded");
        there("operation", "wait", id);
        there("operation", "cancel", id);
    }

    @Test
    void aServerWhoseCertificateIsNotTrustedIsToldNothing() throws IOException {
        String url = server.manager().toString();
        String token = token("viewer").toString();
        String fingerprint = json.readTree(
                        here("admin", "certificate", "--json").out())
                .path("sha256")
                .asText();
        run(1, "status", "--url", url, "--token-file", token);
        assertThat(ended.err().lines()).hasSize(1);
        assertThat(ended.err()).contains("not trusted", fingerprint, "--fingerprint", "admin certificate");
        run(0, "status", "--url", url, "--token-file", token, "--fingerprint", fingerprint);
        run(
                0,
                "status",
                "--url",
                url,
                "--token-file",
                token,
                "--fingerprint",
                "sha256:" + fingerprint.replace(":", ""));
        String other = HexFormat.of().formatHex(new byte[32]);
        run(1, "status", "--url", url, "--token-file", token, "--fingerprint", other);
        assertThat(ended.err()).contains("another fingerprint", fingerprint);
        assertThat(json.readTree(here("token", "list", "--json").out())
                        .at("/tokens/0/last_used")
                        .isNull())
                .as("the token was used, by those whom it was meant for")
                .isFalse();
        run(1, "status", "--url", url, "--token-file", token, "--ca", "/etc/hostname");
        assertThat(ended.err().lines()).hasSize(1);
        run(2, "status", "--url", url, "--token-file", token, "--fingerprint", "12:34");
    }

    @Test
    void aCertificateForOtherNamesIsRefused() throws IOException {
        Path files = folder.resolve("files");
        new OwnAuthority(files, Clock.systemUTC()).server("valley", List.of("valley.example"), List.of());
        Map<String, Object> settings = Map.of(
                "manager.tls", "files",
                "manager.certificate", files.resolve("server.pem").toString(),
                "manager.key", files.resolve("server.key").toString());
        try (TestServer valley = TestServer.withManager(folder.resolve("valley"), settings)) {
            String authority = files.resolve("ca.pem").toString();
            run(
                    1,
                    "status",
                    "--url",
                    valley.manager().toString(),
                    "--token-file",
                    token("viewer").toString(),
                    "--ca",
                    authority);
            assertThat(ended.err().lines()).hasSize(1);
            assertThat(ended.err()).contains("is for other names than 127.0.0.1", "manager.host-names");
        }
    }

    @Test
    void wrongTokensAndRolesThatDoNotSufficeAreExplained() throws IOException {
        String url = server.manager().toString();
        String authority = authority().toString();
        Path wrong = folder.resolve("wrong");
        secret(wrong, "kdc_guessed\n");
        run(1, "status", "--url", url, "--ca", authority, "--token-file", wrong.toString());
        assertThat(ended.err().lines()).hasSize(1);
        assertThat(ended.err()).contains("does not take the token", "token create");
        String viewer = token("viewer").toString();
        run(0, "service", "list", "--url", url, "--ca", authority, "--token-file", viewer);
        run(1, "service", "remove", "demo", "--url", url, "--ca", authority, "--token-file", viewer);
        assertThat(ended.err()).contains("needs the role operator; you are viewer", "token create");
        assertThat(ended.err().lines()).hasSize(1);
        Files.setPosixFilePermissions(wrong, PosixFilePermissions.fromString("rw-r--r--"));
        run(2, "status", "--url", url, "--ca", authority, "--token-file", wrong.toString());
        assertThat(ended.err()).contains("chmod 600").doesNotContain("kdc_guessed");
        secret(wrong, "two words\n");
        run(2, "status", "--url", url, "--ca", authority, "--token-file", wrong.toString());
        secret(wrong, "");
        run(2, "status", "--url", url, "--ca", authority, "--token-file", wrong.toString());
    }

    @Test
    void plainHttpIsForThisHostOnly() throws IOException {
        String token = token("viewer").toString();
        for (String url : List.of("http://192.0.2.1:9998", "http://ridge.local:9998", "http://127.0.0.1.example.org")) {
            run(2, "status", "--url", url, "--token-file", token);
            assertThat(ended.err()).contains("https://").doesNotContain("kdc_");
        }
        for (String url :
                List.of("ridge:9998", "ftp://ridge", "https://me:secret@ridge", "https://ridge?x=1", "https:")) {
            run(2, "status", "--url", url, "--token-file", token);
            assertThat(ended.err().lines()).hasSize(1);
        }
        run(2, "status", "--url", server.manager().toString(), "--data", folder.toString());
        run(2, "status", "--token-file", token);
        try (TestServer plain = TestServer.withManager(folder.resolve("plain"), Map.of())) {
            Path secret = folder.resolve("plain-token");
            secret(
                    secret,
                    CommandRun.of(List.of(
                                    "token",
                                    "create",
                                    "x",
                                    "--data",
                                    folder.resolve("plain").toString()))
                            .out());
            run(0, "status", "--url", plain.manager().toString() + "/", "--token-file", secret.toString());
            run(1, "status", "--url", plain.manager().toString().replace("http:", "https:"), "--token-file", token);
            assertThat(ended.err()).contains("does not speak TLS");
            run(1, "admin", "certificate", "--data", folder.resolve("plain").toString());
            assertThat(ended.err()).contains("manager.tls");
        }
    }

    @Test
    void whatCannotBeReachedIsNoServer() throws IOException {
        String token = token("viewer").toString();
        int port = FreePort.next();
        run(3, "status", "--url", "https://127.0.0.1:" + port, "--token-file", token);
        assertThat(ended.err()).contains("Cannot reach https://127.0.0.1:" + port);
        assertThat(ended.err().lines()).hasSize(1);
        run(3, "discover", "--url", "https://127.0.0.1:" + port, "--token-file", token);
        run(3, "status", "--url", "https://no-such-host.invalid", "--token-file", token);
        assertThat(ended.err()).contains("not known here");
    }

    @Test
    void whoIsNoCloudletIsNotBelievedAndRedirectsAreNotFollowed() throws IOException {
        String token = token("viewer").toString();
        HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        List<String> asked = new ArrayList<>();
        other.createContext("/", exchange -> {
            asked.add(exchange.getRequestURI().getPath());
            String path = exchange.getRequestURI().getPath();
            byte[] body = (path.endsWith("services")
                            ? "{\"error\":{\"code\":\"X\",\"message\":\"\\u001b[2Jgone\"}}"
                            : "<html>\u001b[2J")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Location", "/elsewhere");
            exchange.sendResponseHeaders(path.endsWith("status") ? 302 : 404, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        other.start();
        try {
            String url = "http://127.0.0.1:" + other.getAddress().getPort();
            run(1, "status", "--url", url, "--token-file", token);
            assertThat(ended.err())
                    .contains("status 302", "not as a cloudlet does")
                    .doesNotContain("\u001b");
            run(1, "user", "list", "--url", url, "--token-file", token);
            assertThat(ended.err()).contains("status 404").doesNotContain("\u001b");
            run(1, "service", "list", "--url", url, "--token-file", token);
            assertThat(ended.err()).contains("gone").doesNotContain("\u001b");
            assertThat(asked).doesNotContain("/elsewhere");
        } finally {
            other.stop(0);
        }
    }

    @Test
    void addressAndTokenMayBeInTheEnvironment() throws Exception {
        Map<String, String> environment = Map.of(
                "KDCLOUDLET_URL",
                server.manager().toString(),
                "KDCLOUDLET_TOKEN",
                Files.readString(token("viewer")).strip(),
                "KDCLOUDLET_CA",
                authority().toString());
        Program program = new Program(List.of(), List.of(), environment);
        assertThat(program.run(folder, List.of("status")).out()).contains("ridge");
        assertThat(program.run(folder, List.of("status", "--data", folder.toString()))
                        .status())
                .as("what is said on the command line goes first")
                .isEqualTo(3);
    }
}
