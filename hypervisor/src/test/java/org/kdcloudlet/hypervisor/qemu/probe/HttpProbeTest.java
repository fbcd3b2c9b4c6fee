package org.kdcloudlet.hypervisor.qemu.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.hypervisor.Readiness;

class HttpProbeTest extends ProberTestCase {
    @ParameterizedTest
    @ValueSource(
            strings = {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 302\r\n\r\n", "HTTP/1.1 204 No Content\nServer: x\n\n"})
    void httpTakesTheStatusesOfSuccess(String answer) {
        answer(answer);
        prober.awaitReady(new Readiness(http("/", List.of()), LATE));
    }

    @Test
    void httpSaysWhichStatusItSaw() {
        answer("HTTP/1.1 503 Not yet\r\n\r\n");
        assertNotReady(http("/", List.of()), "TCP port 8080: HTTP 503.");
        assertNotReady(http("/", List.of(200)), "HTTP 503");
        prober.awaitReady(new Readiness(http("/", List.of(200, 503)), LATE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH_9.2\r\n",
                "HTTP/1.1 2000 OK\r\n\r\n",
                "HTTP/1.1 600 X\r\n\r\n",
                "HTTP/2 200\r\n",
                "HTTP/1.1 200 OK"
            })
    void httpRefusesWhatIsNotHttp(String answer) {
        answer(answer);
        assertNotReady(http("/", List.of()), "an answer that is not HTTP");
    }

    @Test
    void httpStopsReadingAnEndlessLine() {
        serve(socket -> {
            byte[] line = "HTTP/1.1 200 ".repeat(1000).getBytes(StandardCharsets.US_ASCII);
            while (true) {
                socket.getOutputStream().write(line);
            }
        });
        assertNotReady(http("/", List.of()), "an answer that is not HTTP");
    }

    @Test
    void httpReadsAStatusThatComesByteByByte() {
        serve(socket -> {
            readRequest(socket);
            for (byte part : "HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII)) {
                socket.getOutputStream().write(part);
                socket.getOutputStream().flush();
            }
        });
        prober.awaitReady(new Readiness(http("/", List.of()), LATE));
    }

    @Test
    void httpSendsOneWellFormedRequest() {
        CompletableFuture<String> request = new CompletableFuture<>();
        serve(socket -> {
            request.complete(readRequest(socket));
            socket.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        });
        prober.awaitReady(new Readiness(http("/healthz?deep=1", List.of()), LATE));

        assertThat(request.join())
                .startsWith("GET /healthz?deep=1 HTTP/1.1\r\nHost: 127.0.0.1:" + listener.getLocalPort() + "\r\n")
                .endsWith("\r\nConnection: close\r\n\r\n");
    }
}
