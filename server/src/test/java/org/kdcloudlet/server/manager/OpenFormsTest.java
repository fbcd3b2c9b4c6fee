package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.server.TestServer;
import org.slf4j.LoggerFactory;

/** The forms that are for everybody who reaches the port: whoever sends them badly holds nobody else up. */
@Timeout(60)
class OpenFormsTest {
    /** As many threads as the Manager has, and some. */
    private static final int MANY = 80;

    @TempDir
    private Path data;

    private final List<Socket> sockets = new ArrayList<>();
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.withManager(data, Map.of());
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        server.close();
    }

    private Socket send(String request) throws IOException {
        Socket socket = new Socket("127.0.0.1", server.manager().getPort());
        sockets.add(socket);
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private String head(String method, String path, String more) {
        return method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1:"
                + server.manager().getPort() + "\r\n" + more + "\r\n";
    }

    private static String firstLine(Socket socket) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = socket.getInputStream().read();
                next >= 0 && next != '\n';
                next = socket.getInputStream().read()) {
            line.append((char) next);
        }
        return line.toString().strip();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/log-in", "/setup"})
    void whoSendsAFormSlowlyHoldsNobodyElseUp(String path) throws IOException {
        String form = head("POST", path, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n");
        for (int i = 0; i < MANY; i++) {
            send(form + "name=a");
        }
        assertThat(firstLine(send(head("GET", "/healthz", "")))).isEqualTo("HTTP/1.1 200 OK");
        assertThat(firstLine(send(head("GET", "/log-in", "")))).isEqualTo("HTTP/1.1 200 OK");
        String whole = head("POST", path, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\n")
                + "name=a";
        assertThat(firstLine(send(whole))).as("a form that is sent at once").startsWith("HTTP/1.1 403");
        assertThat(firstLine(send(form + "name=a"))).as("one more that is slow").startsWith("HTTP/1.1 429");
        Socket elsewhere = new Socket(
                InetAddress.getLoopbackAddress(), server.manager().getPort(), InetAddress.getByName("127.0.0.2"), 0);
        sockets.add(elsewhere);
        elsewhere.setSoTimeout(20_000);
        elsewhere.getOutputStream().write((form + "name=a").getBytes(StandardCharsets.US_ASCII));
        elsewhere.getOutputStream().write("b".repeat(994).getBytes(StandardCharsets.US_ASCII));
        assertThat(firstLine(elsewhere)).as("a slow one from elsewhere").startsWith("HTTP/1.1 403");
    }

    @Test
    void whoLeavesInTheMiddleOfAFormIsNoFault() throws IOException {
        Logger log = (Logger) LoggerFactory.getLogger(PageErrors.class);
        ListAppender<ILoggingEvent> written = new ListAppender<>();
        written.start();
        log.addAppender(written);
        try {
            String type = "Content-Type: application/x-www-form-urlencoded\r\n";
            Socket socket = send(head("POST", "/log-in", type + "Content-Length: 1000\r\n") + "name=a");
            socket.shutdownOutput();
            assertThat(firstLine(socket)).startsWith("HTTP/1.1 400");
        } finally {
            log.detachAppender(written);
        }
        assertThat(written.list).isEmpty();
    }

    @Test
    void aLongFormIsRefusedBeforeItIsRead() throws IOException {
        String type = "Content-Type: application/x-www-form-urlencoded\r\n";
        assertThat(firstLine(send(head("POST", "/log-in", type + "Content-Length: 1000000\r\n") + "name=a")))
                .startsWith("HTTP/1.1 413");
        assertThat(firstLine(send(head("POST", "/log-in", type + "Transfer-Encoding: chunked\r\n"))))
                .startsWith("HTTP/1.1 411");
        assertThat(firstLine(send(head("POST", "/log-in", type + "Content-Length: 6\r\n") + "name=a")))
                .startsWith("HTTP/1.1 403");
    }
}
