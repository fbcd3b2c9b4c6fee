package org.kdcloudlet.server.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class AddressConnectionLimitTest {
    private static final Duration IDLE = Duration.ofMinutes(5);

    @Test
    void oneAddressCannotTakeAllConnections() throws IOException {
        InetAddress local = InetAddress.getLoopbackAddress();
        WebServer.Setup setup = new WebServer.Setup("test", "here", 16, IDLE, 0, Reply::refusal);
        List<Socket> open = new ArrayList<>();
        Logger log = (Logger) LoggerFactory.getLogger(AddressConnectionLimit.class);
        ListAppender<ILoggingEvent> written = new ListAppender<>();
        written.start();
        log.addAppender(written);
        try (WebServer server = WebServer.create(setup, WebServer.tcp(local, 0, IDLE), routes -> {})) {
            server.start();
            for (int i = 0; i < WebServer.MAX_CONNECTIONS_PER_ADDRESS; i++) {
                open.add(new Socket(local, server.port()));
            }
            for (int i = 0; i < 3; i++) {
                try (Socket refused = new Socket(local, server.port())) {
                    refused.setSoTimeout(60_000);
                    assertThat(refused.getInputStream().read()).isEqualTo(-1);
                }
            }
            assertThat(written.list).as("is told once").hasSize(1);
            open.remove(0).close();
            await().atMost(Duration.ofSeconds(60)).until(() -> isAnswered(server.port()));
        } finally {
            log.detachAppender(written);
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    private static boolean isAnswered(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream()
                    .write("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() == 'H';
        } catch (IOException closed) {
            return false;
        }
    }
}
