package org.kdcloudlet.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.kdcloudlet.fuzzing.Fuzzing;
import org.kdcloudlet.fuzzing.Mutations;

/** Replies that no cloudlet should give: each ends in its typed exception. The timeouts only keep a hanging test from hanging. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class HostileReplyTest {
    private FakeCloudlet fake;
    private CloudletClient client;
    private CloudletApi api;

    @BeforeEach
    void start() throws IOException {
        fake = new FakeCloudlet("ridge");
        client = CloudletClient.builder().maximumReplyBytes(100_000).build();
        api = client.at(fake.cloudlet());
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        fake.close();
    }

    @Test
    void wrongTypesAreRefused() {
        for (String body : List.of(
                "",
                "null",
                "[]",
                "{}",
                "7",
                "{\"services\":null}",
                "{\"services\":{}}",
                "{\"services\":[7]}",
                "{\"services\":[{}]}",
                "{\"services\":[{\"service_id\":7}]}",
                "{\"services\":[{\"service_id\":\"\"}]}",
                "{\"services\":[{\"service_id\":\"a\",\"tags\":\"b\"}]}",
                "{\"services\":[{\"service_id\":\"a\",\"tags\":[1]}]}",
                "{\"services\":[]",
                "{\"services\":[]} x",
                "{'services':[]}",
                "{\"services\":[],}",
                "{\"services\":" + "[".repeat(5000),
                "{\"services\":[]}\u0000",
                "//x\n{\"services\":[]}")) {
            fake.bodies.put("/services", FakeCloudlet.utf8(body));
            assertMalformed(() -> api.services(), body);
        }
        fake.bodies.put("/services", new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'});
        assertMalformed(() -> api.services(), "not UTF-8");
    }

    @Test
    void numbersThatAreNoneAreRefused() {
        for (String port :
                List.of("0", "65536", "-1", "1.5", "\"x\"", "null", "true", "1e999999999", "[]", "\"\"", "NaN")) {
            fake.bodies.put(
                    "/servicevm/start",
                    FakeCloudlet.utf8(FakeCloudlet.instance("a", "null", "null").replace("19398", port)));
            assertMalformed(() -> api.start("org.example.speech"), port);
        }
        for (String speed : List.of("\"fast\"", "{}", "\"0x10\"", "\"" + "9".repeat(10_000) + "\"", "\"Infinity\"")) {
            fake.bodies.put(
                    "/system", FakeCloudlet.utf8(FakeCloudlet.system(1, "").replace("\"2599.998\"", speed)));
            assertMalformed(() -> api.system(), speed);
        }
    }

    @Test
    void lengthsThatLieOrAreMissingAreRefused() {
        Map<String, String> heads = Map.of(
                "missing", "HTTP/1.1 200 OK\r\n\r\n{\"services\":[]}",
                "negative", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
                "not a number", "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}",
                "beyond all numbers", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n{}",
                "huge", "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n{}",
                "just too large", "HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n{}",
                "twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
                "chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
                "both", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}");
        heads.forEach((what, reply) -> {
            fake.scripts.put("/services", FakeCloudlet.raw(reply));
            assertMalformed(() -> api.services(), what);
        });
        fake.scripts.put("/services", FakeCloudlet.raw("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"services\":["));
        assertThatThrownBy(() -> api.services()).isInstanceOf(CloudletUnreachableException.class);
    }

    @Test
    void whatIsNotHttpIsRefused() {
        for (String reply : List.of(
                "SSH-2.0-OpenSSH_9.2\r\n\r\n",
                "HTTP/2 200\r\n\r\n",
                "HTTP/1.1 999 X\r\n\r\n",
                "\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
                "HTTP/1.1 100 Continue\r\n\r\n".repeat(50),
                "HTTP/1.1 200 OK\r\nX: " + "y".repeat(20_000) + "\r\n\r\n")) {
            fake.scripts.put("/services", FakeCloudlet.raw(reply));
            assertMalformed(() -> api.services(), reply);
        }
    }

    @Test
    void redirectsAreNotFollowed() throws IOException {
        try (FakeCloudlet elsewhere = new FakeCloudlet("elsewhere")) {
            for (int status : List.of(301, 302, 303, 307, 308)) {
                fake.scripts.put(
                        "/services",
                        FakeCloudlet.raw("HTTP/1.1 " + status + " X\r\nLocation: http://127.0.0.1:" + elsewhere.port()
                                + "/api/services\r\nContent-Length: 0\r\n\r\n"));
                assertMalformed(() -> api.services(), "status " + status);
            }
            assertThat(elsewhere.requests).isEmpty();
        }
    }

    @Test
    void endlessAndTricklingRepliesEndAtTheDeadline() throws IOException {
        try (CloudletClient impatient =
                CloudletClient.builder().callTimeout(Duration.ofMillis(400)).build()) {
            CloudletApi hurried = impatient.at(fake.cloudlet());
            fake.scripts.put("/services", (socket, headers) -> CloudletApiTest.hang(socket));
            assertLate(hurried);
            fake.scripts.put("/services", (socket, headers) -> trickle(socket, "HTTP/1.1 200 OK\r\nX: "));
            assertLate(hurried);
            fake.scripts.put(
                    "/services",
                    (socket, headers) -> trickle(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"));
            assertLate(hurried);
        }
    }

    @Test
    void endlessHeadersAreRefused() {
        fake.scripts.put("/services", (socket, headers) -> {
            byte[] line = FakeCloudlet.utf8("X-Header: value\r\n".repeat(100));
            socket.getOutputStream().write(FakeCloudlet.utf8("HTTP/1.1 200 OK\r\n"));
            for (int i = 0; i < 1_000_000; i++) {
                socket.getOutputStream().write(line);
            }
        });
        assertMalformed(() -> api.services(), "endless headers");
    }

    @Test
    void messagesOfRefusalsAreMadeFitToBeShown() {
        fake.scripts.put("/services", FakeCloudlet.status(500, "a\u001b[31mb\r\n\tc" + "x".repeat(3000)));
        assertThatThrownBy(() -> api.services())
                .isInstanceOf(CloudletRefusedException.class)
                .satisfies(e -> assertThat(e.getMessage())
                        .doesNotContainPattern("\\p{Cntrl}")
                        .hasSizeLessThan(300));
        fake.scripts.put("/services", FakeCloudlet.raw("HTTP/1.1 500 X\r\nContent-Length: 99999999\r\n\r\n"));
        assertThatThrownBy(() -> api.services()).isInstanceOf(CloudletRefusedException.class);
        fake.scripts.put("/services", FakeCloudlet.raw("HTTP/1.1 500 X\r\n\r\nwithout a length"));
        assertThatThrownBy(() -> api.services()).isInstanceOf(CloudletRefusedException.class);
    }

    @Test
    void whateverTheBytesOfAReplyAreThereIsAResultOrATypedException() {
        byte[] good = FakeCloudlet.utf8(FakeCloudlet.system(12.5, FakeCloudlet.service("org.example.speech")));
        Fuzzing.of(HostileReplyTest.class, "client-reply")
                .run(
                        Mutations.of(List.of(good)).words("null", "\"", "[", "{", "1e999", "-0", "\\ud800", "NaN"),
                        body -> {
                            try {
                                SystemInfo system = SystemInfo.read(Json.object(body));
                                assertThat(system.speed()).isFinite();
                                return true;
                            } catch (org.kdcloudlet.client.http.MalformedReplyException e) {
                                assertThat(e.getMessage()).isNotEmpty();
                                return false;
                            }
                        })
                .requireBoth();
    }

    @Test
    void whateverTheBytesOfAHeadAreThereIsATypedException() throws IOException {
        try (CloudletClient patient =
                CloudletClient.builder().callTimeout(Duration.ofSeconds(30)).build()) {
            CloudletApi fuzzed = patient.at(fake.cloudlet());
            Mutations replies = Mutations.of(
                            "HTTP/1.1 200 OK\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{\"services\":[]}")
                    .words(
                            "\r\n",
                            "Transfer-Encoding: chunked\r\n",
                            "HTTP/1.1 100 Continue\r\n\r\n",
                            "99999999999",
                            ": ");
            Fuzzing.of(HostileReplyTest.class, "client-reply-head")
                    .run(replies, reply -> {
                        fake.scripts.put("/services", (socket, headers) -> {
                            socket.getOutputStream().write(reply);
                            socket.close();
                        });
                        try {
                            assertThat(fuzzed.services()).isEmpty();
                            return true;
                        } catch (CloudletReplyException | CloudletUnreachableException | CloudletRefusedException e) {
                            assertThat(e.getMessage()).endsWith(".");
                            return false;
                        }
                    })
                    .requireBoth();
        }
    }

    private void assertLate(CloudletApi hurried) {
        assertThatThrownBy(hurried::services)
                .isInstanceOfSatisfying(CloudletDeadlineException.class, e -> assertThat(e.isRetryable())
                        .isTrue());
    }

    private static void assertMalformed(Runnable call, String what) {
        assertThatThrownBy(call::run).as(what).isInstanceOfSatisfying(CloudletReplyException.class, e -> assertThat(
                        e.isRetryable())
                .isFalse());
    }

    /** A byte now and then, for as long as the other side listens. */
    private static void trickle(java.net.Socket socket, String begin) throws IOException {
        socket.getOutputStream().write(FakeCloudlet.utf8(begin));
        socket.setSoTimeout(20);
        while (true) {
            try {
                if (socket.getInputStream().read() < 0) {
                    return;
                }
            } catch (java.net.SocketTimeoutException e) {
                socket.getOutputStream().write('y');
            }
        }
    }
}
