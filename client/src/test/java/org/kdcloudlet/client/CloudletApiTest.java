package org.kdcloudlet.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls in plain mode, to a fake that answers as the specification says. */
class CloudletApiTest {
    private FakeCloudlet fake;
    private CloudletClient client;
    private CloudletApi api;

    @BeforeEach
    void start() throws IOException {
        fake = new FakeCloudlet("ridge");
        client = CloudletClient.builder()
                .deviceId("9774d56d682e549c")
                .callTimeout(Duration.ofSeconds(20))
                .build();
        api = client.at(fake.cloudlet());
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        fake.close();
    }

    @Test
    void servicesAndSystemAreRead() {
        assertThat(api.services()).singleElement().satisfies(service -> {
            assertThat(service.serviceId()).isEqualTo("org.example.speech");
            assertThat(service.description()).contains("Speech \"Sphinx\" café");
            assertThat(service.version()).isEmpty();
            assertThat(service.tags()).containsExactly("speech", "audio");
        });
        SystemInfo system = api.system();
        assertThat(system.cores()).isEqualTo(2);
        assertThat(system.usage()).isEqualTo(12.5);
        assertThat(system.speed()).isEqualTo(2599.998);
        assertThat(system.freeMemory()).isEqualTo(21480296448L);
        assertThat(api.service("org.example.speech").serviceId()).isEqualTo("org.example.speech");
        assertThat(fake.headers).allSatisfy(headers -> assertThat(headers)
                .containsEntry("x-device-id", "9774d56d682e549c")
                .containsEntry("host", "127.0.0.1:" + fake.port()));
    }

    @Test
    void instancesAreStartedJoinedAndStopped() {
        ServiceVm instance = api.start("org.example.speech");
        assertThat(instance.id()).isEqualTo("0b0e5d0c-4f2b-4a53-9c59-6d3f6a3f1c11");
        assertThat(instance.port()).isEqualTo(19398);
        assertThat(instance.ipAddress()).contains("127.0.0.1");
        assertThat(instance.sshPort()).isEmpty();
        api.join("org.example.speech");
        api.stop(instance.id());
        assertThat(fake.requests)
                .containsExactly(
                        "/servicevm/start?serviceId=org.example.speech&join=false",
                        "/servicevm/start?serviceId=org.example.speech&join=true",
                        "/servicevm/stop?instanceId=0b0e5d0c-4f2b-4a53-9c59-6d3f6a3f1c11");
    }

    @Test
    void valuesAreEncodedAndNoneBreaksOut() {
        fake.scripts.put("/services/get", FakeCloudlet.status(404, "There is no service of this id"));
        assertThatThrownBy(() -> api.service("a b/ü?=+%")).isInstanceOf(CloudletRefusedException.class);
        assertThat(fake.requests).containsExactly("/services/get?serviceId=a+b%2F%C3%BC%3F%3D%2B%25");
        for (String id : List.of("", "a&join=true", "a\r\nX: y")) {
            assertThatThrownBy(() -> api.start(id)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> CloudletClient.builder().deviceId("a\r\nb"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void connectionsAreUsedAgainForReadingOnly() throws Exception {
        List<Integer> ports = new CopyOnWriteArrayList<>();
        fake.scripts.put("/services", (socket, headers) -> {
            ports.add(socket.getPort());
            FakeCloudlet.send(socket, "200 OK", "", fake.bodies.get("/services"));
        });
        fake.scripts.put("/servicevm/start", (socket, headers) -> {
            ports.add(socket.getPort());
            FakeCloudlet.send(socket, "200 OK", "", fake.bodies.get("/servicevm/start"));
        });
        api.services();
        api.services();
        api.start("org.example.speech");
        assertThat(ports.get(1)).isEqualTo(ports.get(0));
        assertThat(ports.get(2)).isNotEqualTo(ports.get(0));
    }

    @Test
    void aConnectionThatDiedIdleIsReplacedAndAStartIsNeverSentTwice() {
        fake.scripts.put("/services", (socket, headers) -> {
            FakeCloudlet.send(socket, "200 OK", "", fake.bodies.get("/services"));
            socket.close();
        });
        assertThat(api.services()).hasSize(1);
        assertThat(api.services()).hasSize(1);
        fake.scripts.put("/servicevm/start", (socket, headers) -> socket.close());
        assertThatThrownBy(() -> api.start("org.example.speech")).isInstanceOf(CloudletUnreachableException.class);
        assertThat(fake.count("/servicevm/start")).isEqualTo(1);
    }

    @Test
    void refusalsAreTyped() {
        fake.scripts.put("/servicevm/start", FakeCloudlet.status(503, "No room: 256 MiB needed"));
        assertThatThrownBy(() -> api.start("org.example.speech"))
                .isInstanceOfSatisfying(CloudletRefusedException.class, e -> {
                    assertThat(e.status()).isEqualTo(503);
                    assertThat(e.isRetryable()).isTrue();
                    assertThat(e).hasMessageContaining("No room: 256 MiB needed");
                });
        fake.scripts.put("/servicevm/start", FakeCloudlet.status(400, "There is no service of this id"));
        assertThatThrownBy(() -> api.start("org.example.speech"))
                .isInstanceOfSatisfying(CloudletRefusedException.class, e -> assertThat(e.isRetryable())
                        .isFalse());
        fake.scripts.put(
                "/servicevm/start", FakeCloudlet.raw("HTTP/1.1 429 X\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"));
        assertThatThrownBy(() -> api.start("org.example.speech"))
                .isInstanceOfSatisfying(CloudletRefusedException.class, e -> {
                    assertThat(e.retryAfter()).contains(Duration.ofSeconds(7));
                    assertThat(e.isRetryable()).isTrue();
                });
    }

    @Test
    void cancellingClosesTheConnection() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        fake.scripts.put("/services", hangUntilClosed(asked, ended));
        CompletableFuture<List<Service>> call = api.servicesAsync();
        assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
        call.cancel(true);
        assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(call).isCancelled();
    }

    @Test
    void interruptingTheThreadClosesTheConnection() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        fake.scripts.put("/services", hangUntilClosed(asked, ended));
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                api.services();
            } catch (CloudletException e) {
                failure.complete(e);
            }
        });
        thread.start();
        assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
        thread.interrupt();
        assertThat(failure.get(60, TimeUnit.SECONDS)).isInstanceOf(CloudletCancelledException.class);
        assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void closingTheClientEndsCallsAndRefusesMore() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        fake.scripts.put("/services", hangUntilClosed(asked, new CountDownLatch(1)));
        CompletableFuture<List<Service>> call = api.servicesAsync();
        assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
        client.close();
        assertThatThrownBy(call::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(CloudletCancelledException.class);
        assertThatThrownBy(() -> api.services()).isInstanceOf(CloudletCancelledException.class);
    }

    @Test
    void manyThreadsShareOneClient() throws Exception {
        List<CompletableFuture<List<Service>>> calls = new java.util.ArrayList<>();
        for (int i = 0; i < 200; i++) {
            calls.add(api.servicesAsync());
        }
        for (CompletableFuture<List<Service>> call : calls) {
            assertThat(call.get(60, TimeUnit.SECONDS)).hasSize(1);
        }
    }

    @Test
    void nobodyThereIsTyped() throws IOException {
        fake.vanish();
        assertThatThrownBy(() -> api.services())
                .isInstanceOfSatisfying(CloudletUnreachableException.class, e -> assertThat(e.isRetryable())
                        .isTrue());
        // Longer than any name, so that no name server is asked, which may take longer than the call.
        Cloudlet nowhere = Cloudlet.parse("cloudlet://" + "x".repeat(64) + ".invalid?name=nowhere");
        assertThatThrownBy(() -> client.at(nowhere).services()).isInstanceOf(CloudletUnreachableException.class);
    }

    @Test
    void aCloudletThatVanishesInMidCallEndsTheCall() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        fake.scripts.put("/servicevm/start", (socket, headers) -> {
            socket.getOutputStream()
                    .write(FakeCloudlet.utf8("HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n{\"_id\":"));
            asked.countDown();
            hang(socket);
        });
        CompletableFuture<ServiceVm> call = api.startAsync("org.example.speech");
        assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
        fake.vanish();
        assertThatThrownBy(() -> call.get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(CloudletUnreachableException.class);
    }

    private static FakeCloudlet.Script hangUntilClosed(CountDownLatch asked, CountDownLatch ended) {
        return (socket, headers) -> {
            asked.countDown();
            hang(socket);
            ended.countDown();
        };
    }

    /** Until the other side closes the connection. */
    static void hang(java.net.Socket socket) throws IOException {
        int next = socket.getInputStream().read();
        assertThat(next).isNegative();
        socket.close();
    }

    @Test
    void noThreadStaysBehind() {
        api.services();
        client.close();
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("cloudlet-")));
    }
}
