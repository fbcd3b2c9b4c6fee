package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;

import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.tls.LiveCertificate;
import org.kdcloudlet.server.tls.OwnAuthority;
import org.kdcloudlet.server.tls.ServerCertificate;
import org.kdcloudlet.server.web.RawHttp;
import org.kdcloudlet.server.web.TlsConnector;
import org.kdcloudlet.server.web.WebServer;

/** The deadline of bodies, which is 30 seconds in the server and shorter here. */
@Timeout(60)
class BodyDeadlineTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final String BEGUN = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc";

    @TempDir
    private Path folder;

    private static WebServer server(Duration deadline, BiFunction<Server, HttpConnectionFactory, Connector> connector) {
        SmallBodies bodies = new SmallBodies(deadline);
        WebServer server = WebServer.create(
                new WebServer.Setup("bodies", "here", 16, Duration.ofMinutes(2), 1000, AdminErrors::refusal),
                connector,
                routes -> {
                    routes.addEndpoint(new Endpoint(HandlerType.POST, "/", context -> {
                        bodies.receive(context);
                        AdminJson.reply(AdminJson.object().put("body", context.body()))
                                .sendTo(context);
                    }));
                    AdminErrors.register(routes);
                });
        server.start();
        return server;
    }

    private static BiFunction<Server, HttpConnectionFactory, Connector> plain() {
        return TlsConnector.of(InetAddress.getLoopbackAddress(), 0, Duration.ofMinutes(2), Optional.empty());
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void aBodyThatDoesNotComeIsRefusedAtTheDeadlineAndTheConnectionEnds() throws IOException {
        try (WebServer server = server(SHORT, plain());
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            write(socket, BEGUN);
            RawHttp.Answer answer = RawHttp.read(socket.getInputStream(), false);
            assertThat(answer.status()).isEqualTo(408);
            assertThat(answer.body()).contains("REQUEST_TIMEOUT");
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void itIsTheSameOverTls() throws IOException, GeneralSecurityException {
        ServerCertificate own = new OwnAuthority(folder, Clock.systemUTC())
                .server("ridge", List.of("localhost"), List.of(InetAddress.getLoopbackAddress()));
        try (WebServer server = server(
                        SHORT,
                        TlsConnector.of(
                                InetAddress.getLoopbackAddress(),
                                0,
                                Duration.ofMinutes(2),
                                Optional.of(new LiveCertificate(() -> own, Clock.systemUTC()))));
                Socket socket = trusting(own).createSocket(InetAddress.getLoopbackAddress(), server.port())) {
            write(socket, BEGUN);
            assertThat(RawHttp.read(socket.getInputStream(), false).status()).isEqualTo(408);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    private static SocketFactory trusting(ServerCertificate own) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("own", own.authority());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context.getSocketFactory();
    }

    @Test
    void itIsTheSameOverAUnixSocket() throws IOException {
        Path path = folder.resolve("s");
        WebServer server = server(SHORT, (jetty, http) -> {
            UnixDomainServerConnector connector = new UnixDomainServerConnector(jetty, 1, 1, http);
            connector.setUnixDomainPath(path);
            return connector;
        });
        try (server;
                SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            channel.write(ByteBuffer.wrap(BEGUN.getBytes(StandardCharsets.US_ASCII)));
            InputStream answer = Channels.newInputStream(channel);
            assertThat(RawHttp.read(answer, false).status()).isEqualTo(408);
            assertThat(answer.read()).isEqualTo(-1);
        }
    }

    @Test
    void theDeadlineIsForTheWholeBodyHoweverOftenSomethingArrives() throws IOException {
        try (WebServer server = server(SHORT, plain());
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(20);
            write(socket, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n");
            assertThat(firstByteWhileWriting(socket)).isEqualTo('H');
        }
    }

    /** When it has ended meanwhile, what was answered before is read next. */
    private static void writeOrFindItEnded(Socket socket) {
        try {
            write(socket, "a");
        } catch (IOException ended) {
            assertThat(ended).isInstanceOf(SocketException.class);
        }
    }

    private static int firstByteWhileWriting(Socket socket) throws IOException {
        while (true) {
            try {
                return socket.getInputStream().read();
            } catch (SocketTimeoutException nothingYet) {
                writeOrFindItEnded(socket);
            }
        }
    }

    @Test
    void aBodyThatComesInTimeIsReadAndTheNextRequestOfTheConnectionIsAnswered() throws IOException {
        try (WebServer server = server(LONG, plain());
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            for (String body : new String[] {"abc", "", "defg"}) {
                write(
                        socket,
                        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
                assertThat(RawHttp.read(socket.getInputStream(), false).body()).contains("\"body\":\"" + body + "\"");
            }
        }
    }
}
