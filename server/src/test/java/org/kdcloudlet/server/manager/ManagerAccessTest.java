package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.config.Configuration;
import org.kdcloudlet.server.config.ConfigurationException;
import org.kdcloudlet.server.tls.OwnAuthority;
import org.kdcloudlet.server.web.RawHttp;

/** Who gets in over TCP, and how far. */
@Timeout(120)
class ManagerAccessTest {
    @TempDir
    private Path data;

    private final HttpClient http = HttpClient.newHttpClient();

    private TestServer server() throws IOException {
        return TestServer.withManager(data, Map.of());
    }

    private HttpResponse<String> ask(TestServer server, String method, String path, String body, String... headers)
            throws IOException, InterruptedException {
        return ask(http, server, method, path, body, headers);
    }

    private static HttpResponse<String> ask(
            HttpClient client, TestServer server, String method, String path, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.manager().resolve(path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String token(TestServer server, String role) throws IOException {
        JsonNode token = server.json(
                server.admin("POST", "/v1/tokens", "{\"name\":\"" + role + "\",\"role\":\"" + role + "\"}"));
        return "Bearer " + token.path("secret").asText();
    }

    @Test
    void nobodyGetsInWithoutAnAccount() throws Exception {
        try (TestServer server = server()) {
            HttpResponse<String> nobody = ask(server, "GET", "/v1/status", "");
            assertThat(nobody.statusCode()).isEqualTo(401);
            assertThat(nobody.headers().firstValue("WWW-Authenticate")).contains("Bearer");
            assertThat(ask(server, "POST", "/v1/services", "{}").statusCode()).isEqualTo(401);
            assertThat(ask(server, "GET", "/v1/status", "", "Authorization", "Bearer kdc_guessed")
                            .statusCode())
                    .isEqualTo(401);
            assertThat(ask(server, "GET", "/v1/status", "", "Authorization", "Basic cm9vdDpyb290")
                            .statusCode())
                    .isEqualTo(401);
            assertThat(ask(server, "GET", "/v1/status", "", "Cookie", "cloudlet_session=guessed")
                            .statusCode())
                    .isEqualTo(401);
        }
    }

    @Test
    void healthAndReadinessNeedNoAccountAndTellNothing() throws Exception {
        try (TestServer server = server()) {
            assertThat(ask(server, "GET", "/healthz", "").body()).isEqualTo("ok\n");
            assertThat(ask(server, "GET", "/readyz", "").body()).isEqualTo("ok\n");
            assertThat(ask(server, "POST", "/healthz", "").statusCode()).isEqualTo(405);
            assertThat(ask(server, "GET", "/api/services", "").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void readinessTellsOfADiskThatIsFullOrCannotBeWritten() throws Exception {
        try (TestServer server = server()) {
            server.admin("PUT", "/v1/settings/instances.disk-reserve", "{\"value\":\"100TiB\"}");
            HttpResponse<String> full = ask(server, "GET", "/readyz", "");
            assertThat(full.statusCode()).isEqualTo(503);
            assertThat(full.body()).isEqualTo("The disk is full\n");
            assertThat(ask(server, "HEAD", "/readyz", "").statusCode()).isEqualTo(503);
            assertThat(ask(server, "GET", "/healthz", "").statusCode()).isEqualTo(200);
            server.admin("DELETE", "/v1/settings/instances.disk-reserve", "");
            assertThat(ask(server, "GET", "/readyz", "").statusCode()).isEqualTo(200);

            Path away = Files.move(data.resolve("uploads"), data.resolve("away"));
            assertThat(ask(server, "GET", "/readyz", "").body()).isEqualTo("The data directory cannot be written\n");
            Files.move(away, data.resolve("uploads"));
            assertThat(ask(server, "GET", "/readyz", "").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aTokenDoesWhatItsRoleMayAndItIsOnRecord() throws Exception {
        try (TestServer server = server()) {
            String viewer = token(server, "viewer");
            String operator = token(server, "operator");
            String administrator = token(server, "administrator");
            String service = "{\"service_id\":\"demo\",\"ports\":[{\"port\":9000}]}";
            assertThat(ask(server, "GET", "/v1/status", "", "Authorization", viewer)
                            .statusCode())
                    .isEqualTo(200);
            HttpResponse<String> refused = ask(server, "POST", "/v1/services", service, "Authorization", viewer);
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).contains("FORBIDDEN", "role operator");
            assertThat(ask(server, "POST", "/v1/services", service, "Authorization", operator)
                            .statusCode())
                    .isEqualTo(201);
            assertThat(ask(server, "GET", "/v1/users", "", "Authorization", operator)
                            .statusCode())
                    .isEqualTo(403);
            assertThat(ask(server, "GET", "/v1/users", "", "Authorization", administrator)
                            .statusCode())
                    .isEqualTo(200);
            JsonNode entries = server.json(server.admin("GET", "/v1/audit?action=services", ""))
                    .path("entries");
            assertThat(entries).hasSize(2);
            assertThat(entries.get(0).path("actor").asText()).isEqualTo("token:operator");
            assertThat(entries.get(0).path("outcome").asText()).isEqualTo("done");
            assertThat(entries.get(0).path("address").asText()).isEqualTo("127.0.0.1");
            assertThat(entries.get(1).path("outcome").asText()).isEqualTo("FORBIDDEN");
        }
    }

    @Test
    void ofAChangeOfAnAdministratorAllIsDoneOrNothing() throws Exception {
        try (TestServer server = server()) {
            String user = "{\"name\":\"%s\",\"role\":\"administrator\",\"password\":\"a good password\"}";
            String before =
                    server.admin("POST", "/v1/users", user.formatted("ada")).body();
            String viewer = "{\"role\":\"viewer\",\"password\":\"%s\"}";
            assertThat(server.admin("PATCH", "/v1/users/ada", viewer.formatted("another password"))
                            .status())
                    .as("the last administrator")
                    .isEqualTo(409);
            assertThat(server.admin("GET", "/v1/users/ada", "").body()).isEqualTo(before);
            server.admin("POST", "/v1/users", user.formatted("bob"));
            assertThat(server.admin("PATCH", "/v1/users/ada", viewer.formatted("short"))
                            .status())
                    .isEqualTo(400);
            assertThat(server.admin("GET", "/v1/users/ada", "").body()).isEqualTo(before);
        }
    }

    @Test
    void foreignHostsAndSitesAreRefused() throws Exception {
        try (TestServer server = server()) {
            int port = server.manager().getPort();
            String bearer = "Authorization: " + token(server, "operator") + "\r\n";
            assertThat(status(port, "Host: evil.example\r\n" + bearer)).isEqualTo(403);
            assertThat(status(port, "Host: ridge.local\r\n" + bearer)).isEqualTo(200);
            assertThat(status(port, "Host: ridge.local\r\nOrigin: http://evil.example\r\n" + bearer))
                    .isEqualTo(403);
            assertThat(status(port, "Host: ridge.local\r\nOrigin: null\r\n" + bearer))
                    .isEqualTo(403);
            assertThat(status(port, "Host: ridge.local\r\nSec-Fetch-Site: cross-site\r\n" + bearer))
                    .isEqualTo(403);
            assertThat(status(port, "Host: ridge.local\r\nSec-Fetch-Site: same-origin\r\n" + bearer))
                    .isEqualTo(200);
        }
    }

    private static int status(int port, String headers) throws IOException {
        return RawHttp.exchange(port, "GET /v1/status HTTP/1.1\r\n" + headers + "\r\n")
                .status();
    }

    @Test
    void everyAnswerTellsBrowsersToBeStrict() throws Exception {
        try (TestServer server = server()) {
            for (String path : List.of("/healthz", "/v1/status", "/nowhere")) {
                HttpResponse<String> answer = ask(server, "GET", path, "");
                assertThat(answer.headers()
                                .firstValue("Content-Security-Policy")
                                .orElse(""))
                        .contains("default-src 'none'", "frame-ancestors 'none'")
                        .doesNotContain("unsafe");
                assertThat(answer.headers().firstValue("X-Frame-Options")).contains("DENY");
                assertThat(answer.headers().firstValue("Referrer-Policy")).contains("same-origin");
                assertThat(answer.headers().firstValue("X-Content-Type-Options"))
                        .contains("nosniff");
                assertThat(answer.headers().firstValue("Strict-Transport-Security"))
                        .isEmpty();
            }
            RawHttp.Answer noHttp = RawHttp.get(server.manager().getPort(), "/%zz");
            assertThat(noHttp.status()).isEqualTo(400);
            assertThat(noHttp.header("X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(noHttp.header("Content-Security-Policy")).contains("default-src 'none'");
        }
    }

    @Test
    void beyondLoopbackItNeedsTls() {
        assertThatThrownBy(() -> Configuration.load(Optional.empty(), Map.of("manager.address", "0.0.0.0")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("manager.address")
                .hasMessageContaining("manager.tls");
        assertThatThrownBy(() -> Configuration.load(Optional.empty(), Map.of("manager.tls", "files")))
                .hasMessageContaining("manager.certificate");
        assertThat(Configuration.load(Optional.empty(), Map.of("manager.address", "0.0.0.0", "manager.tls", "own"))
                        .manager()
                        .address()
                        .isAnyLocalAddress())
                .isTrue();
    }

    @Test
    void metricsBeyondLoopbackAreForWhoMayLook() throws Exception {
        Map<String, Object> open = Map.of("manager.address", "0.0.0.0", "manager.tls", "own");
        try (TestServer server = TestServer.withManager(data, open)) {
            HttpClient trusting = trusting(data.resolve("tls/ca.pem"));
            HttpResponse<String> refused = ask(trusting, server, "GET", "/metrics", "");
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(refused.body()).contains("NOT_AUTHENTICATED").doesNotContain("cloudlet_");
            String viewer = token(server, "viewer");
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(
                            ask(trusting, server, "GET", "/metrics", "", "Authorization", viewer)
                                    .body())
                    .contains("cloudlet_instances{"));
        }
    }

    @Test
    void itsOwnAuthorityIsMadeOnceAndTrusted() throws Exception {
        Map<String, Object> tls = Map.of("manager.tls", "own", "manager.host-names", List.of("cloudlet.example"));
        byte[] authority;
        try (TestServer server = TestServer.withManager(data, tls)) {
            authority = Files.readAllBytes(data.resolve("tls/ca.pem"));
            HttpClient trusting = trusting(data.resolve("tls/ca.pem"));
            HttpResponse<String> answer = ask(trusting, server, "GET", "/healthz", "");
            assertThat(server.manager().getScheme()).isEqualTo("https");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Strict-Transport-Security")).isPresent();
            assertThatThrownBy(() -> ask(server, "GET", "/healthz", "")).isInstanceOf(IOException.class);
            assertThat(names()).contains("cloudlet.example", "localhost", "ridge.local", "127.0.0.1");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("tls/ca.key"))))
                    .isEqualTo("rw-------");
        }
        byte[] certificate = Files.readAllBytes(data.resolve("tls/server.pem"));
        try (TestServer again = TestServer.withManager(data, tls)) {
            assertThat(again.manager()).isNotNull();
            assertThat(Files.readAllBytes(data.resolve("tls/server.pem"))).isEqualTo(certificate);
        }
        try (TestServer renamed = TestServer.withManager(
                data, Map.of("manager.tls", "own", "manager.host-names", List.of("other.example")))) {
            assertThat(renamed.manager()).isNotNull();
            assertThat(Files.readAllBytes(data.resolve("tls/ca.pem"))).isEqualTo(authority);
            assertThat(names()).contains("other.example");
        }
    }

    @Test
    void filesThatAreReplacedAreUsedWhileItRuns() throws Exception {
        Path one = data.resolve("one");
        Path two = data.resolve("two");
        new OwnAuthority(one, Clock.systemUTC())
                .server("ridge", List.of("localhost"), List.of(InetAddress.getLoopbackAddress()));
        new OwnAuthority(two, Clock.systemUTC())
                .server("ridge", List.of("localhost"), List.of(InetAddress.getLoopbackAddress()));
        Map<String, Object> files = Map.of(
                "manager.tls", "files",
                "manager.certificate", one.resolve("server.pem").toString(),
                "manager.key", one.resolve("server.key").toString());
        HttpClient trustingTheSecond = trusting(two.resolve("ca.pem"));
        try (TestServer server = TestServer.withManager(data.resolve("data"), files)) {
            assertThatThrownBy(() -> ask(trustingTheSecond, server, "GET", "/healthz", ""))
                    .isInstanceOf(IOException.class);
            Files.move(two.resolve("server.key"), one.resolve("server.key"), StandardCopyOption.REPLACE_EXISTING);
            Files.move(two.resolve("server.pem"), one.resolve("server.pem"), StandardCopyOption.REPLACE_EXISTING);
            await().atMost(Duration.ofMinutes(1))
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> ask(trustingTheSecond, server, "GET", "/healthz", "")
                                    .statusCode()
                            == 200);
        }
    }

    @Test
    void aGivenCertificateIsUsed() throws Exception {
        try (TestServer first = TestServer.withManager(data, Map.of("manager.tls", "own"))) {
            assertThat(first.manager()).isNotNull();
        }
        Map<String, Object> files = Map.of(
                "manager.tls",
                "files",
                "manager.certificate",
                data.resolve("tls/server.pem").toString(),
                "manager.key",
                data.resolve("tls/server.key").toString());
        try (TestServer server = TestServer.withManager(data, files)) {
            assertThat(ask(trusting(data.resolve("tls/ca.pem")), server, "GET", "/healthz", "")
                            .statusCode())
                    .isEqualTo(200);
        }
        Files.writeString(data.resolve("tls/server.key"), "no key");
        assertThatThrownBy(() -> TestServer.withManager(data, files)).hasMessageContaining("server.key must hold");
    }

    private List<String> names() throws IOException, GeneralSecurityException {
        X509Certificate certificate = certificate(data.resolve("tls/server.pem"));
        return certificate.getSubjectAlternativeNames().stream()
                .map(name -> String.valueOf(name.get(1)))
                .toList();
    }

    private static X509Certificate certificate(Path file) throws IOException, GeneralSecurityException {
        try (var in = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static HttpClient trusting(Path authority) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("ca", certificate(authority));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }

    @Test
    void theFirstStartPrintsALinkAndLaterOnesDoNot() throws Exception {
        String first;
        try (TestServer server = server()) {
            first = server.server().setupLink().orElseThrow();
            assertThat(URI.create(first).getFragment()).hasSize(43);
            server.admin(
                    "POST",
                    "/v1/users",
                    "{\"name\":\"ada\",\"role\":\"administrator\",\"password\":\"a good password\"}");
            JsonNode link = server.json(server.admin("POST", "/v1/setup-link", ""));
            assertThat(link.path("url").asText()).startsWith(server.manager() + "/setup#");
        }
        try (TestServer server = server()) {
            assertThat(server.server().setupLink()).isEmpty();
        }
    }
}
