package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpCookie;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.web.RawHttp;

/** Bodies of forms and JSON: whoever sends them slowly, badly or without the right to holds nobody else up. */
@Timeout(120)
class SmallBodiesTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final String FORM = "Content-Type: application/x-www-form-urlencoded\r\n";
    private static final String JSON = "Content-Type: application/json\r\n";
    /** More than may wait at the same time, of all together. */
    private static final int MANY = AdminApi.MAX_WAITING + 4;

    @TempDir
    private static Path data;

    private static TestServer server;
    private static String operator;
    private final List<SocketChannel> open = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.withManager(data, Map.of());
        server.serve("demo", 0);
        operator = token("operator", "operator");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void hangUp() throws IOException {
        for (SocketChannel channel : open) {
            channel.close();
        }
    }

    private static String token(String name, String role) throws IOException {
        String body = "{\"name\":\"" + name + "\",\"role\":\"" + role + "\"}";
        String secret = server.json(server.admin("POST", "/v1/tokens", body))
                .path("secret")
                .asText();
        return "Authorization: Bearer " + secret + "\r\n";
    }

    private static SocketAddress network() {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), server.manager().getPort());
    }

    private static SocketAddress unix() {
        return UnixDomainSocketAddress.of(server.socket());
    }

    private SocketChannel send(SocketAddress where, String line, String headers, String body) throws IOException {
        SocketChannel channel = SocketChannel.open(where);
        open.add(channel);
        write(channel, line + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + body);
        return channel;
    }

    private static void write(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static RawHttp.Answer answer(SocketChannel channel) throws IOException {
        return RawHttp.read(Channels.newInputStream(channel), false);
    }

    /** Sends the beginning of many bodies, and waits until as many are being read as may be, and the others are refused. */
    private void sendManySlowly(SocketAddress where, String line, String headers) throws IOException {
        Map<SocketChannel, StringBuilder> answers = new HashMap<>();
        for (int i = 0; i < MANY; i++) {
            SocketChannel channel = send(where, line, headers + "Content-Length: 1000\r\n", "x");
            channel.configureBlocking(false);
            answers.put(channel, new StringBuilder());
        }
        await().atMost(DEADLINE).until(() -> refused(answers) >= MANY - SmallBodies.MAX_PER_ACTOR);
        assertThat(refused(answers)).isEqualTo(MANY - SmallBodies.MAX_PER_ACTOR);
    }

    private static long refused(Map<SocketChannel, StringBuilder> answers) throws IOException {
        ByteBuffer some = ByteBuffer.allocate(16 * 1024);
        for (Map.Entry<SocketChannel, StringBuilder> answer : answers.entrySet()) {
            int read = answer.getKey().read(some.clear());
            answer.getValue().append(new String(some.array(), 0, Math.max(0, read), StandardCharsets.UTF_8));
        }
        return answers.values().stream()
                .filter(text -> text.indexOf("You have 16 unfinished requests under way already") > 0)
                .peek(text -> assertThat(text.toString()).startsWith("HTTP/1.1 429"))
                .count();
    }

    @Test
    void aViewerWhoSendsManySlowlyHoldsNobodyElseUpAndTheSeventeenthIsRefused() throws IOException {
        String viewer = token("slow", "viewer");
        sendManySlowly(network(), "POST /log-out", viewer + FORM);

        RawHttp.Answer refused =
                answer(send(network(), "POST /log-out", viewer + FORM + "Content-Length: 3\r\n", "a="));
        assertThat(refused.status()).isEqualTo(429);
        assertThat(answer(send(network(), "POST /log-out", viewer + FORM + "Content-Length: 3\r\n", "a=b"))
                        .status())
                .isEqualTo(303);
        assertThat(answer(send(network(), "GET /v1/services", viewer, "")).status())
                .isEqualTo(200);
        assertThat(answer(send(network(), "GET /services", operator, "")).status())
                .isEqualTo(200);
        SocketChannel others =
                send(network(), "POST /v1/services", operator + JSON + "Transfer-Encoding: chunked\r\n", "1\r\n{\r\n");
        write(others, "1\r\n}\r\n0\r\n\r\n");
        assertThat(answer(others).status()).isEqualTo(400);
    }

    @Test
    void overTheSocketToo() throws IOException {
        sendManySlowly(unix(), "POST /v1/services", JSON);

        assertThat(answer(send(unix(), "POST /v1/services", JSON + "Transfer-Encoding: chunked\r\n", ""))
                        .status())
                .isEqualTo(429);
        assertThat(server.admin("POST", "/v1/services", "{}").status()).isEqualTo(400);
        assertThat(server.admin("GET", "/v1/services", "").status()).isEqualTo(200);
        assertThat(server.admin("DELETE", "/v1/services/nope", "").status()).isEqualTo(404);
        assertThat(answer(send(network(), "POST /v1/services", operator + JSON + "Content-Length: 2\r\n", "{}"))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void roomIsThereAgainWhenTheSlowOnesLeave() throws IOException {
        String viewer = token("leaves", "viewer");
        sendManySlowly(network(), "POST /log-out", viewer + FORM);
        hangUp();
        await().atMost(DEADLINE)
                .until(() -> answer(send(
                                        network(),
                                        "POST /log-out",
                                        viewer + FORM + "Transfer-Encoding: chunked\r\n",
                                        "3\r\na=b\r\n0\r\n\r\n"))
                                .status()
                        == 303);
    }

    @Test
    void manyWhoSendSlowlyTogetherLeaveThreadsForWhoeverLooksAndForWhatComesAtOnce() throws IOException {
        for (String name : List.of("one", "two", "three")) {
            sendManySlowly(network(), "POST /log-out", token(name, "viewer") + FORM);
        }
        String fourth = token("four", "viewer");
        RawHttp.Answer refused =
                answer(send(network(), "POST /log-out", fourth + FORM + "Content-Length: 3\r\n", "a="));
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.body()).contains("48 unfinished requests are under way already");
        assertThat(answer(send(network(), "GET /services", fourth, "")).status())
                .isEqualTo(200);
        assertThat(answer(send(network(), "POST /log-out", fourth + FORM + "Content-Length: 3\r\n", "a=b"))
                        .status())
                .isEqualTo(303);
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST /services", "POST /v1/services", "POST /v1/services/demo/images"})
    void whoLacksTheRoleIsRefusedBeforeTheBodyIsRead(String line) throws IOException {
        String viewer = token("looks" + line.length(), "viewer");
        for (String length : List.of("Content-Length: 1000\r\n", "Transfer-Encoding: chunked\r\n")) {
            RawHttp.Answer refused = answer(send(network(), line, viewer + FORM + length, ""));
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.body()).contains("This needs the role operator; you are viewer.");
        }
        assertThat(answer(send(network(), line, FORM + "Content-Length: 1000\r\n", ""))
                        .status())
                .isEqualTo(401);
    }

    @Test
    void aBodyThatIsCutOffIsRefusedAndChangesNothing() throws IOException {
        for (String length : List.of("Content-Length: 1000\r\n", "Transfer-Encoding: chunked\r\n")) {
            String start = length.startsWith("T") ? "5\r\n{\"ser" : "{\"service_id\":\"cut\"}";
            for (boolean socket : new boolean[] {true, false}) {
                SocketChannel channel = socket
                        ? send(unix(), "POST /v1/services", JSON + length, start)
                        : send(network(), "POST /v1/services", operator + JSON + length, start);
                channel.shutdownOutput();
                assertThat(answer(channel).status()).isEqualTo(400);
            }
        }
        assertThat(server.admin("GET", "/v1/services/cut", "").status()).isEqualTo(404);
    }

    @Test
    void aBodyInChunksIsReadToItsEndAndOneOfMoreThanAMegabyteIsRefused() throws IOException {
        String chunked = operator + JSON + "Transfer-Encoding: chunked\r\n";
        String end = "0\r\n\r\n";
        SocketChannel slow = send(network(), "POST /v1/services", chunked, "f\r\n{\"service_id\":\"\r\n");
        write(slow, "24\r\nchunks\",\"ports\":[{\"port\":9000}],\"a\":\r\n");
        write(slow, "2\r\n1}\r\n" + end);
        assertThat(answer(slow).body()).contains("INVALID_VALUE", "\"field\":\"a\"");

        SocketChannel huge = send(network(), "POST /v1/services", chunked, "");
        String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
        for (int i = 0; i < 16; i++) {
            write(huge, chunk);
        }
        write(huge, "1\r\nx\r\n");
        assertThat(answer(huge).status()).isEqualTo(413);
    }

    @Test
    void aLengthThatIsWrongIsRefusedOrTheBodyIsNoMoreThanItSays() throws IOException {
        assertThat(answer(send(network(), "POST /v1/services", operator + JSON + "Content-Length: -1\r\n", "{}"))
                        .status())
                .isEqualTo(400);
        assertThat(answer(send(
                                network(),
                                "POST /v1/services",
                                operator + JSON + "Content-Length: 2\r\nContent-Length: 3\r\n",
                                "{} "))
                        .status())
                .isEqualTo(400);
        String both = "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n";
        assertThat(answer(send(network(), "POST /v1/services", operator + JSON + both, "{}"))
                        .status())
                .isEqualTo(400);
        RawHttp.Answer half =
                answer(send(network(), "POST /v1/services", operator + JSON + "Content-Length: 1\r\n", "{}"));
        assertThat(half.body()).contains("The body is not JSON");
    }

    @Test
    void aSessionWithoutItsTokenIsRefusedWhateverTheRouteAndWithItsTokenInTheFormIsNot() throws Exception {
        server.admin("POST", "/v1/users", "{\"name\":\"ada\",\"role\":\"operator\",\"password\":\"a good password\"}");
        HttpClient http = HttpClient.newHttpClient();
        String cookie = http
                .send(
                        HttpRequest.newBuilder(URI.create(server.manager() + "/log-in"))
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(HttpRequest.BodyPublishers.ofString("name=ada&password=a+good+password"))
                                .build(),
                        BodyHandlers.discarding())
                .headers()
                .allValues("Set-Cookie")
                .stream()
                .flatMap(header -> HttpCookie.parse(header).stream())
                .map(found -> "Cookie: " + found.getName() + "=" + found.getValue() + "\r\n")
                .findFirst()
                .orElseThrow();
        String page = answer(send(network(), "GET /services", cookie, "")).body();
        Matcher token = Pattern.compile("csrf-token\" content=\"([^\"]+)\"").matcher(page);
        assertThat(token.find()).isTrue();
        String field = "_csrf=" + URLEncoder.encode(token.group(1), StandardCharsets.UTF_8);

        assertThat(post("/log-out", cookie + FORM, "a=b").status()).isEqualTo(403);
        assertThat(post("/log-out", cookie + FORM, "_csrf=wrong").status()).isEqualTo(403);
        assertThat(post("/log-out", cookie + "Content-Type: text/plain\r\n", field)
                        .status())
                .isEqualTo(403);
        // What takes a file has the token in a header; a form is not waited for there.
        RawHttp.Answer unread = answer(send(
                network(), "POST /v1/services/demo/images", cookie + FORM + "Content-Length: 1000\r\n", field + "&"));
        assertThat(unread.status()).isEqualTo(403);
        assertThat(unread.body()).contains("lacks the token of its session");

        assertThat(post("/services/nope/remove", cookie + FORM, field).status()).isEqualTo(404);
        assertThat(post("/log-out", cookie + FORM, field).status()).isEqualTo(303);
    }

    private RawHttp.Answer post(String path, String headers, String body) throws IOException {
        return answer(send(network(), "POST " + path, headers + "Content-Length: " + body.length() + "\r\n", body));
    }

    @Test
    void filesAreNoShortBodiesAndComeInHoweverManyBodiesAreSlow() throws IOException {
        String both = token("both", "operator");
        sendManySlowly(network(), "POST /v1/services", both + JSON);
        String image = "an image\n".repeat(200_000);
        SocketChannel upload = send(
                network(),
                "POST /v1/services/demo/images",
                both + "Content-Length: " + image.length() + "\r\n",
                image.substring(0, 10));
        InputStream answers = Channels.newInputStream(upload);
        ByteBuffer rest = ByteBuffer.wrap(image.substring(10).getBytes(StandardCharsets.US_ASCII));
        while (rest.hasRemaining()) {
            upload.write(rest);
        }
        assertThat(RawHttp.read(answers, false).status()).isEqualTo(202);
    }
}
