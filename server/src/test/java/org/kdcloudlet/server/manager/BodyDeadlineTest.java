package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;

import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiFunction;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.kdcloudlet.server.web.RawHttp;
import org.kdcloudlet.server.web.TlsConnector;
import org.kdcloudlet.server.web.WebServer;

/** The deadline of bodies, which is 30 seconds in the server and shorter here. */
@Timeout(60)
class BodyDeadlineTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofMinutes(1);

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
            write(socket, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
            RawHttp.Answer answer = RawHttp.read(socket.getInputStream(), false);
            assertThat(answer.status()).isEqualTo(408);
            assertThat(answer.body()).contains("REQUEST_TIMEOUT");
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
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

    private static int firstByteWhileWriting(Socket socket) throws IOException {
        while (true) {
            try {
                return socket.getInputStream().read();
            } catch (SocketTimeoutException nothingYet) {
                write(socket, "a");
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
