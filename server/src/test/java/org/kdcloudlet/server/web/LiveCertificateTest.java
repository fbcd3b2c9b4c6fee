package org.kdcloudlet.server.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.FakeClock;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.tls.LiveCertificate;
import org.kdcloudlet.server.tls.OwnAuthority;
import org.kdcloudlet.server.tls.ServerCertificate;

/** A certificate that is replaced under a server that runs. */
@Timeout(60)
class LiveCertificateTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    @TempDir
    private Path folder;

    private final FakeClock clock = new FakeClock();

    /** Takes every certificate, since the clock of the test is not that of the JVM. */
    private static final class Everybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private ServerCertificate own(Path where) {
        return new OwnAuthority(where, clock).server("ridge", List.of("localhost"), List.of(HERE));
    }

    private static WebServer serve(LiveCertificate certificate) {
        WebServer server = WebServer.create(
                new WebServer.Setup("test", "nowhere", 8, Duration.ofSeconds(30), 1000, Reply::refusal),
                TlsConnector.of(HERE, 0, Duration.ofSeconds(30), Optional.of(certificate)),
                routes -> routes.addEndpoint(new Endpoint(
                        HandlerType.GET, "/", context -> Reply.text(200, "ok").sendTo(context))));
        server.start();
        return server;
    }

    private static SSLSocket connect(WebServer server) throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Everybody()}, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(HERE, server.port());
        socket.startHandshake();
        return socket;
    }

    /** Asks over a connection that stays open. */
    private static String ask(SSLSocket socket) throws IOException {
        socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        BufferedReader answer =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        String status = answer.readLine();
        while (!answer.readLine().isEmpty()) {
            // The rest of the head.
        }
        return status + " " + answer.readLine();
    }

    private static Object certificate(SSLSocket socket) throws IOException {
        return socket.getSession().getPeerCertificates()[0];
    }

    @Test
    void oneThatIsAboutToExpireIsReplacedAndConnectionsStay() throws Exception {
        LiveCertificate live = new LiveCertificate(() -> own(folder), clock);
        X509Certificate first = live.current().certificate();
        try (WebServer server = serve(live);
                SSLSocket early = connect(server)) {
            assertThat(ask(early)).isEqualTo("HTTP/1.1 200 OK ok");
            live.look();
            assertThat(live.current().certificate()).isEqualTo(first);
            clock.advance(Duration.ofDays(340));
            live.look();
            assertThat(live.current().certificate()).isNotEqualTo(first);
            assertThat(ask(early)).as("on the connection from before").isEqualTo("HTTP/1.1 200 OK ok");
            assertThat(certificate(early)).isEqualTo(first);
            try (SSLSocket late = connect(server)) {
                assertThat(ask(late)).isEqualTo("HTTP/1.1 200 OK ok");
                assertThat(certificate(late)).isEqualTo(live.current().certificate());
            }
        }
    }

    @Test
    void oneThatIsNotGoodTodayIsUsedWithAWarning() throws Exception {
        own(folder);
        LiveCertificate live = new LiveCertificate(
                () -> ServerCertificate.of(folder.resolve("server.pem"), folder.resolve("server.key")), clock);
        Instant ends = live.current().certificate().getNotAfter().toInstant();
        assertThat(live.warning()).isEmpty();
        clock.advance(Duration.between(clock.instant(), ends.minus(Duration.ofDays(13))));
        assertThat(live.warning()).contains("expires at " + ends);
        clock.advance(Duration.ofDays(14));
        assertThat(live.warning()).contains("expired at " + ends + "; browsers and commands refuse it");
        try (WebServer server = serve(live);
                SSLSocket socket = connect(server)) {
            assertThat(certificate(socket)).isEqualTo(live.current().certificate());
        }
        clock.advance(Duration.ofDays(-1000));
        assertThat(live.warning().orElseThrow()).startsWith("is good from");
    }

    @Test
    void filesThatDoNotGoTogetherYetLeaveTheFormerInUse() throws Exception {
        Path used = Files.createDirectory(folder.resolve("used"));
        own(folder.resolve("one"));
        own(folder.resolve("two"));
        copy("one", "server.pem", used);
        copy("one", "server.key", used);
        LiveCertificate live = new LiveCertificate(
                () -> ServerCertificate.of(used.resolve("server.pem"), used.resolve("server.key")), clock);
        X509Certificate first = live.current().certificate();
        try (WebServer server = serve(live)) {
            copy("two", "server.pem", used);
            live.look();
            assertThat(live.current().certificate())
                    .as("with the key of another")
                    .isEqualTo(first);
            Files.writeString(used.resolve("server.key"), "half a k");
            live.look();
            assertThat(live.current().certificate()).isEqualTo(first);
            copy("two", "server.key", used);
            live.look();
            assertThat(live.current().certificate()).isNotEqualTo(first);
            try (SSLSocket socket = connect(server)) {
                assertThat(certificate(socket)).isEqualTo(live.current().certificate());
            }
        }
        copy("one", "server.key", used);
        assertThatThrownBy(() -> ServerCertificate.of(used.resolve("server.pem"), used.resolve("server.key")))
                .isInstanceOf(CloudletException.class)
                .hasMessageContaining("is not that of the certificate");
    }

    private void copy(String from, String name, Path to) throws IOException {
        Files.copy(folder.resolve(from).resolve(name), to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }
}
