package org.kdcloudlet.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.client.SessionEvent.Kind;

/** Sessions over fakes that vanish, refuse, and hand instances off. */
class ServiceSessionTest {
    private static final String SPEECH = "org.example.speech";
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private final List<SessionEvent> events = new CopyOnWriteArrayList<>();
    private FakeCloudlet ridge;
    private FakeCloudlet valley;
    private CloudletFinder finder;
    private CloudletClient client;

    @BeforeEach
    void start() throws IOException {
        ridge = new FakeCloudlet("ridge");
        valley = new FakeCloudlet("valley");
        valley.bodies.put("/system", FakeCloudlet.utf8(FakeCloudlet.system(90, FakeCloudlet.service(SPEECH))));
        valley.bodies.put(
                "/servicevm/start",
                FakeCloudlet.utf8(FakeCloudlet.instance("b", "\"127.0.0.2\"", "\"speech.b.svm.cloudlet.local\"")));
        finder = CloudletFinder.builder().interfaces("none").open();
        client = client(ridge.cloudlet(), valley.cloudlet());
    }

    private CloudletClient client(Cloudlet... cloudlets) {
        return CloudletClient.builder()
                .deviceId("d")
                .credentials(new FileCredentialStore(folder.toFile()))
                .cloudlets(cloudlets)
                .finder(finder)
                .searchTime(Duration.ofMillis(1))
                .watchInterval(Duration.ofMillis(50))
                .build();
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        finder.close();
        ridge.close();
        valley.close();
    }

    private ServiceSession open() {
        return client.session(SPEECH).listener(events::add).open();
    }

    @Test
    void theBestCloudletServesAndItsInstanceIsStoppedAtTheEnd() {
        try (ServiceSession session = open()) {
            assertThat(session.endpoint().cloudlet().name()).isEqualTo("ridge");
            assertThat(session.endpoint().host()).isEqualTo("127.0.0.1");
            assertThat(session.endpoint().port()).isEqualTo(19398);
            assertThat(session.isServed()).isTrue();
        }
        assertThat(ridge.count("/servicevm/stop")).isEqualTo(1);
        assertThat(ridge.requests).contains("/servicevm/start?serviceId=org.example.speech&join=true");
        assertThat(events).isEmpty();
    }

    @Test
    void anInstanceOfItsOwnIsNotShared() {
        client.session(SPEECH).alone().open().close();
        assertThat(ridge.requests).contains("/servicevm/start?serviceId=org.example.speech&join=false");
    }

    @Test
    void survivesTheLossOfItsCloudlet() throws IOException {
        try (ServiceSession session = open()) {
            ridge.vanish();
            awaitEvents(Kind.LOST, Kind.MOVED);
            assertThat(events.get(0).cause()).containsInstanceOf(CloudletUnreachableException.class);
            assertThat(session.endpoint().cloudlet().name()).isEqualTo("valley");
            assertThat(session.endpoint().host()).isEqualTo("speech.b.svm.cloudlet.local");
            assertThat(session.isServed()).isTrue();
        }
        assertThat(valley.count("/servicevm/stop")).isEqualTo(1);
    }

    @Test
    void goesOnLookingWhileThereIsNoOther() throws IOException {
        valley.bodies.put("/system", FakeCloudlet.utf8(FakeCloudlet.system(90, "")));
        try (ServiceSession session = open()) {
            ridge.vanish();
            awaitEvents(Kind.LOST, Kind.SEARCHING);
            assertThat(session.isServed()).isFalse();
            assertThat(events.get(1).cause()).containsInstanceOf(NoCloudletException.class);
            valley.bodies.put("/system", FakeCloudlet.utf8(FakeCloudlet.system(90, FakeCloudlet.service(SPEECH))));
            Awaitility.await().atMost(DEADLINE).until(session::isServed);
            assertThat(session.endpoint().cloudlet().name()).isEqualTo("valley");
        }
    }

    @Test
    void aCloudletThatComesBackHasKeptTheInstance() throws IOException {
        valley.vanish();
        try (ServerSocket service = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            byte[] instance = FakeCloudlet.utf8(FakeCloudlet.instance("a", "\"127.0.0.1\"", "null")
                    .replace("19398", Integer.toString(service.getLocalPort())));
            ridge.bodies.put("/servicevm/start", instance);
            try (ServiceSession session = open()) {
                Endpoint before = session.endpoint();
                ridge.vanish();
                awaitEvents(Kind.LOST, Kind.SEARCHING);
                ridge = ridge.back();
                Awaitility.await().atMost(DEADLINE).until(session::isServed);
                assertThat(session.endpoint()).isSameAs(before);
                assertThat(ridge.count("/servicevm/start")).isZero();
            }
            assertThat(ridge.count("/servicevm/stop")).isEqualTo(1);
        }
    }

    @Test
    void aCloudletThatComesBackWithoutTheInstanceStartsAnother() throws IOException {
        valley.vanish();
        try (ServiceSession session = open()) {
            ridge.vanish();
            awaitEvents(Kind.LOST, Kind.SEARCHING);
            ridge = ridge.back();
            Awaitility.await().atMost(DEADLINE).until(session::isServed);
            assertThat(ridge.count("/servicevm/start")).isEqualTo(1);
        }
    }

    @Test
    void aCloudletThatAppearsIsTakenAtOnce() throws Exception {
        try (Responders responders = new Responders();
                CloudletFinder looking =
                        CloudletFinder.builder().interfaces("lo").open();
                CloudletClient roaming = CloudletClient.builder()
                        .finder(looking)
                        .cloudlets(ridge.cloudlet())
                        .watchInterval(Duration.ofMillis(50))
                        .build();
                ServiceSession session = roaming.session(SPEECH)
                        .ranker(candidate -> candidate.cloudlet().port() == ridge.port()
                                        || candidate.cloudlet().port() == valley.port()
                                ? 1
                                : 0)
                        .listener(events::add)
                        .open()) {
            ridge.vanish();
            awaitEvents(Kind.LOST, Kind.SEARCHING);
            responders.start(1, valley.port());
            Awaitility.await().atMost(DEADLINE).until(session::isServed);
            assertThat(session.endpoint().cloudlet().name()).startsWith(responders.prefix);
            assertThat(valley.count("/servicevm/start")).isEqualTo(1);
        }
    }

    @Test
    void aCloudletThatNoLongerLetsTheDeviceInIsLeft() {
        try (ServiceSession session = open()) {
            ridge.scripts.put("/system/get_messages", FakeCloudlet.status(403, "#revoked#"));
            awaitEvents(Kind.LOST, Kind.MOVED);
            assertThat(session.endpoint().cloudlet().name()).isEqualTo("valley");
        }
    }

    @Test
    void otherRefusalsAreNoLoss() {
        try (ServiceSession session = open()) {
            ridge.scripts.put("/system/get_messages", FakeCloudlet.status(500, "trouble"));
            Awaitility.await().atMost(DEADLINE).until(() -> ridge.count("/system/get_messages") > 5);
            assertThat(session.endpoint().cloudlet().name()).isEqualTo("ridge");
            assertThat(events).isEmpty();
        }
    }

    @Test
    void theAppMaySayThatItsServiceIsLost() {
        try (ServiceSession session = open()) {
            session.reportLost();
            session.reportLost();
            awaitEvents(Kind.LOST, Kind.MOVED);
            assertThat(session.endpoint().cloudlet().name()).isEqualTo("valley");
            Awaitility.await().atMost(DEADLINE).until(() -> ridge.count("/servicevm/stop") == 1);
        }
    }

    @Test
    void followsTheInstanceThatWasHandedOff() {
        ridge.bodies.put("/system/get_messages", messages("move-to-new-cloudlet-network", "false", "null"));
        try (ServiceSession session = open()) {
            awaitEvents(Kind.MESSAGE, Kind.MOVED);
            assertThat(events.get(0).message().orElseThrow().parameters()).containsEntry("ssid", "cloudlet-valley");
            assertThat(session.endpoint().cloudlet().name()).isEqualTo("valley");
            assertThat(valley.requests).contains("/servicevm/start?serviceId=org.example.speech&join=true");
        }
        assertThat(ridge.count("/servicevm/stop")).isZero();
    }

    @Test
    void credentialsForTheNextCloudletAreBelievedWhenTheyCameEncrypted() {
        FileCredentialStore store = new FileCredentialStore(folder.toFile());
        store.putDeviceKey("ridge", "key of ridge");
        ridge.encrypt("key of ridge");
        valley.encrypt("key of valley");
        ridge.bodies.put("/system/get_messages", messages("add-trusted-cloudlet", "true", "\"key of valley\""));
        client.close();
        client = client(ridge.cloudlet());
        try (ServiceSession session = open()) {
            awaitEvents(Kind.MESSAGE, Kind.MOVED);
            assertThat(session.endpoint().cloudlet().isEncrypted()).isTrue();
            assertThat(store.deviceKey("valley")).contains("key of valley");
        }
    }

    @Test
    void credentialsInPlainModeAreNotBelieved() {
        ridge.bodies.put("/system/get_messages", messages("add-trusted-cloudlet", "false", "\"forged\""));
        try (ServiceSession session = open()) {
            awaitEvents(Kind.MESSAGE, Kind.MOVED);
            assertThat(session.isServed()).isTrue();
        }
        assertThat(new FileCredentialStore(folder.toFile()).deviceKey("valley")).isEmpty();
    }

    @Test
    void messagesThatAreNotUnderstoodReachTheAppAndMoveNothing() {
        ridge.bodies.put(
                "/system/get_messages",
                FakeCloudlet.utf8("{\"messages\":[{\"service_id\":\"" + SPEECH
                        + "\",\"device_id\":\"d\",\"message\":\"move-to-new-cloudlet-network\",\"params\":"
                        + "{\"cloudlet_ip\":\"not an address\",\"cloudlet_name\":\"..\"}},{\"service_id\":\"" + SPEECH
                        + "\",\"device_id\":null,\"message\":\"hello\",\"params\":null}]}"));
        try (ServiceSession session = open()) {
            awaitEvents(Kind.MESSAGE, Kind.MESSAGE);
            assertThat(session.endpoint().cloudlet().name()).isEqualTo("ridge");
        }
    }

    @Test
    void whatWasPrewarmedIsUsedByTheNextSession() throws Exception {
        client.prewarm(SPEECH).get(60, TimeUnit.SECONDS);
        assertThat(ridge.count("/servicevm/start")).isEqualTo(1);
        try (ServiceSession session = open()) {
            assertThat(session.endpoint().cloudlet().name()).isEqualTo("ridge");
        }
        assertThat(ridge.count("/servicevm/start")).isEqualTo(1);
        assertThat(ridge.count("/servicevm/stop")).isEqualTo(1);
    }

    @Test
    void whatWasPrewarmedForNothingIsStopped() throws Exception {
        client.prewarm(SPEECH).get(60, TimeUnit.SECONDS);
        client.prewarm(SPEECH).get(60, TimeUnit.SECONDS);
        Awaitility.await().atMost(DEADLINE).until(() -> ridge.count("/servicevm/stop") == 1);
        client.close();
        assertThat(ridge.count("/servicevm/stop")).isEqualTo(2);
    }

    @Test
    void theNextBestServesWhenTheBestHasNoRoom() {
        ridge.scripts.put("/servicevm/start", FakeCloudlet.status(503, "no room"));
        try (ServiceSession session = open()) {
            assertThat(session.endpoint().cloudlet().name()).isEqualTo("valley");
        }
        valley.scripts.put("/servicevm/start", FakeCloudlet.status(503, "no room"));
        assertThatThrownBy(this::open).isInstanceOf(CloudletRefusedException.class);
    }

    @Test
    void whoClosesItInTheCallbackHearsNothingMore() throws Exception {
        CompletableFuture<ServiceSession> opened = new CompletableFuture<>();
        CountDownLatch closed = new CountDownLatch(1);
        ServiceSession session = client.session(SPEECH)
                .listener(event -> {
                    events.add(event);
                    // By then the next event waits.
                    Awaitility.await().atMost(DEADLINE).until(() -> opened.join()
                            .isServed());
                    opened.join().close();
                    closed.countDown();
                })
                .open();
        opened.complete(session);
        ridge.vanish();
        assertThat(closed.await(60, TimeUnit.SECONDS)).isTrue();
        CountDownLatch after = new CountDownLatch(1);
        client.calls().tell(after::countDown);
        assertThat(after.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(events).extracting(SessionEvent::kind).containsExactly(Kind.LOST);
        assertThat(valley.count("/servicevm/stop")).isEqualTo(1);
    }

    @Test
    void closingTheClientStopsItsSessions() {
        open();
        client.close();
        assertThat(ridge.count("/servicevm/stop")).isEqualTo(1);
    }

    private void awaitEvents(Kind... kinds) {
        Awaitility.await().atMost(DEADLINE).untilAsserted(() -> assertThat(events)
                .extracting(SessionEvent::kind)
                .startsWith(kinds));
    }

    private byte[] messages(String message, String encryption, String key) {
        return FakeCloudlet.utf8("{\"messages\":[{\"service_id\":\"" + SPEECH + "\",\"device_id\":\"d\",\"message\":\""
                + message
                + "\",\"params\":{\"cloudlet_name\":\"valley\",\"cloudlet_ip\":\"127.0.0.1\",\"cloudlet_port\":\""
                + valley.port() + "\",\"cloudlet_encryption_enabled\":\"" + encryption
                + "\",\"ssid\":\"cloudlet-valley\",\"cloudlet_fqdn\":null,\"device_private_key\":" + key + "}}]}");
    }
}
