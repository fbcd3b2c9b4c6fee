package org.kdcloudlet.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.web.RawHttp;
import org.kdcloudlet.server.web.RawHttp.Answer;

/** Web pages must not be able to use a cloudlet, and no client to use it up. */
class DeviceApiSecurityTest {
    private static final String START = "/api/servicevm/start?serviceId=org.example.speech";

    private final DeviceApiFixture fixture = new DeviceApiFixture(Map.of(
            "device-api.port", 0,
            "device-api.host-names", List.of("Cloudlet.example.org"),
            "limits.start-burst", 3,
            "limits.starts-per-minute", 1,
            "limits.request-burst", 20,
            "limits.requests-per-second", 1));

    @AfterEach
    void stop() {
        fixture.close();
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1,200",
        "127.0.0.1:9999,200",
        "192.0.2.7,200",
        "[::1]:9999,200",
        "localhost,200",
        "LOCALHOST:1,200",
        "ridge,200",
        "Ridge.local,200",
        "ridge.local.,200",
        "cloudlet.example.org,200",
        "evil.example.org,403",
        "ridge.local.evil.example.org,403",
        "127.0.0.1.evil.example.org,403",
        "local,403"
    })
    void hostMustNameThisCloudlet(String host, int status) throws IOException {
        assertThat(request("/api/services", "Host: " + host + "\r\n").status()).isEqualTo(status);
    }

    @Test
    void hostInTheRequestLineIsLookedAtToo() throws IOException {
        Answer answer = RawHttp.exchange(
                fixture.port(), "GET http://evil.example.org/api/services HTTP/1.1\r\nHost: evil.example.org\r\n\r\n");
        assertThat(answer.status()).isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource({
        "Origin: http://evil.example.org,403",
        "Origin: null,403",
        "Origin: http://127.0.0.1:1,403",
        "Origin: https://127.0.0.1:9999,403",
        "Origin: http://127.0.0.1:9999,200",
        "Sec-Fetch-Site: cross-site,403",
        "Sec-Fetch-Site: same-site,403",
        "Sec-Fetch-Site: same-origin,200",
        "Sec-Fetch-Site: none,200"
    })
    void otherSitesAreRefused(String header, int status) throws IOException {
        Answer answer = request("/api/services", "Host: 127.0.0.1:9999\r\n" + header + "\r\n");
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.headers().keySet()).noneMatch(name -> name.startsWith("access-control"));
    }

    @Test
    void anImageTagInAWebPageStartsNothing() throws IOException {
        String browser = "Host: 127.0.0.1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n";
        assertThat(request(START, browser).status()).isEqualTo(403);
        assertThat(request("/api/servicevm/stop?instanceId=" + StubInstances.ID, browser)
                        .status())
                .isEqualTo(403);
        assertThat(request("/api/services", browser).status()).isEqualTo(200);
        assertThat(fixture.instances.calls).isEmpty();
        assertThat(request(START, browser + "X-Device-ID: 9774d56d682e549c\r\n").status())
                .isEqualTo(200);
    }

    @Test
    void startsPastTheBurstAreRefusedAndTellWhenToComeBack() throws IOException {
        for (int start = 0; start < 3; start++) {
            assertThat(RawHttp.get(fixture.port(), START).status()).isEqualTo(200);
        }
        Answer refused = RawHttp.get(fixture.port(), START);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 60);
        assertThat(fixture.instances.calls).hasSize(3);
        assertThat(RawHttp.get(fixture.port(), "/api/services").status()).isEqualTo(200);
    }

    @Test
    void requestsPastTheBurstAreRefused() throws IOException {
        for (int request = 0; request < 20; request++) {
            RawHttp.get(fixture.port(), "/api/services");
        }
        Awaitility.await()
                .until(() -> RawHttp.get(fixture.port(), "/api/services").status() == 429);
    }

    @Test
    void aSilentConnectionIsClosed() throws IOException {
        try (DeviceApiFixture impatient = impatient();
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), impatient.port())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write("GET /api/serv".getBytes(StandardCharsets.US_ASCII));
            byte[] rest = socket.getInputStream().readAllBytes();
            assertThat(new String(rest, StandardCharsets.US_ASCII)).doesNotContain("200 OK");
        }
    }

    @Test
    void aStartMayTakeLongerThanAConnectionMayBeSilent() throws IOException {
        CountDownLatch never = new CountDownLatch(1);
        try (DeviceApiFixture impatient = impatient()) {
            impatient.instances.onStart = (serviceId, join) -> {
                try {
                    assertThat(never.await(2500, TimeUnit.MILLISECONDS)).isFalse();
                } catch (InterruptedException e) {
                    throw new CloudletException(ErrorCode.START_FAILED, "Interrupted", e);
                }
                return StubInstances.ready(serviceId);
            };
            assertThat(RawHttp.get(impatient.port(), START).status()).isEqualTo(200);
        }
    }

    private static DeviceApiFixture impatient() {
        return new DeviceApiFixture(Map.of("device-api.port", 0, "device-api.idle-timeout", "1s"));
    }

    private Answer request(String path, String headers) throws IOException {
        return RawHttp.exchange(fixture.port(), "GET " + path + " HTTP/1.1\r\n" + headers + "\r\n");
    }
}
