package org.kdcloudlet.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kdcloudlet.client.Cloudlet;
import org.kdcloudlet.client.CloudletApi;
import org.kdcloudlet.client.CloudletClient;
import org.kdcloudlet.client.CloudletFinder;
import org.kdcloudlet.client.CloudletRefusedException;
import org.kdcloudlet.client.Service;
import org.kdcloudlet.client.ServiceSession;
import org.kdcloudlet.client.ServiceVm;
import org.kdcloudlet.client.SystemInfo;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** The client library against the server's device API over HTTP: what one sends the other understands. */
class ClientLibraryTest {
    private static final String SPEECH = "org.example.speech";

    private final DeviceApiFixture server = new DeviceApiFixture(DeviceApiFixture.onFreePort());
    private final Cloudlet cloudlet = Cloudlet.parse("cloudlet://127.0.0.1:" + server.port() + "?name=ridge");
    private CloudletFinder finder;
    private CloudletClient client;
    private CloudletApi api;

    @BeforeEach
    void start() {
        finder = CloudletFinder.builder().interfaces("none").open();
        client = CloudletClient.builder()
                .deviceId("9774d56d682e549c")
                .finder(finder)
                .searchTime(java.time.Duration.ofMillis(1))
                .cloudlets(cloudlet)
                .build();
        api = client.at(cloudlet);
    }

    @AfterEach
    void stop() {
        client.close();
        finder.close();
        server.close();
    }

    @Test
    void servicesAreListedAsTheyAre() {
        assertThat(api.services()).singleElement().satisfies(ClientLibraryTest::isSpeech);
        isSpeech(api.service(SPEECH));
        assertThatThrownBy(() -> api.service("org.example.other"))
                .isInstanceOfSatisfying(CloudletRefusedException.class, e -> assertThat(e.isNotFound())
                        .isTrue());
    }

    private static void isSpeech(Service service) {
        assertThat(service.serviceId()).isEqualTo(SPEECH);
        assertThat(service.description()).contains("Speech \"Sphinx\" café");
        assertThat(service.version()).contains("1.0");
        assertThat(service.tags()).containsExactly("speech", "audio");
    }

    @Test
    void theLoadCanBeRanked() {
        SystemInfo system = api.system();
        assertThat(system.cores()).isPositive();
        assertThat(system.speed()).isPositive();
        assertThat(system.usage()).isBetween(0.0, 100.0);
        assertThat(system.freeMemory()).isBetween(1L, system.maximumMemory());
        assertThat(client.findBest(SPEECH, candidate -> 1)).isEqualTo(cloudlet);
    }

    @Test
    void anInstanceIsStartedJoinedAndStopped() {
        ServiceVm instance = api.start(SPEECH);
        assertThat(instance.id()).isEqualTo(StubInstances.ID.toString());
        assertThat(instance.ipAddress()).contains("127.0.0.1");
        assertThat(instance.port()).isEqualTo(19_398);
        assertThat(instance.fqdn()).isEmpty();
        api.join(SPEECH);
        api.stop(instance.id());
        assertThat(server.instances.calls)
                .containsExactly("start " + SPEECH + " false", "start " + SPEECH + " true", "stop " + StubInstances.ID);
        assertThatThrownBy(() -> api.stop("0b0e5d0c-4f2b-4a53-9c59-000000000000"))
                .isInstanceOfSatisfying(CloudletRefusedException.class, e -> assertThat(e.isNotFound())
                        .isTrue());
    }

    @Test
    void aSessionStartsAndGivesBack() {
        try (ServiceSession session =
                client.session(SPEECH).ranker(candidate -> 1).open()) {
            assertThat(session.endpoint()).hasToString("127.0.0.1:19398 on ridge");
        }
        assertThat(server.instances.calls).containsExactly("start " + SPEECH + " true", "stop " + StubInstances.ID);
    }

    @Test
    void appsAreListedByTagsAndMessagesAreEmptyInPlainMode() {
        assertThat(api.apps()).singleElement().satisfies(app -> {
            assertThat(app.packageName()).contains(SPEECH);
            assertThat(app.name()).contains("Speech");
        });
        assertThat(api.apps("speech", "audio")).hasSize(1);
        assertThat(api.apps("audio")).isEmpty();
        assertThat(api.messages(SPEECH)).isEmpty();
    }

    @Test
    void aRefusalSaysWhyAndWhenToComeBack() {
        try (DeviceApiFixture strict = new DeviceApiFixture(
                Map.of("device-api.port", 0, "limits.starts-per-minute", 1, "limits.start-burst", 1))) {
            CloudletApi refusing = client.at(Cloudlet.parse("127.0.0.1:" + strict.port()));
            refusing.start(SPEECH);
            assertThatThrownBy(() -> refusing.start(SPEECH))
                    .isInstanceOfSatisfying(CloudletRefusedException.class, e -> {
                        assertThat(e.status()).isEqualTo(429);
                        assertThat(e.isRetryable()).isTrue();
                        assertThat(e.retryAfter()).isPresent();
                    });
        }
        server.instances.onStart = (serviceId, join) -> {
            throw new CloudletException(ErrorCode.SERVICE_UNKNOWN, "There is no service of this id");
        };
        assertThatThrownBy(() -> api.start("org.example.other"))
                .isInstanceOfSatisfying(CloudletRefusedException.class, e -> {
                    assertThat(e.status()).isEqualTo(400);
                    assertThat(e.isRetryable()).isFalse();
                    assertThat(e).hasMessageContaining("There is no service of this id");
                });
    }

    @Test
    void startsThatTakeTheirTimeAreWaitedFor() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        server.instances.onStart = (serviceId, join) -> {
            try {
                assertThat(go.await(60, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return StubInstances.ready(serviceId);
        };
        var started = api.startAsync(SPEECH);
        assertThat(api.services()).hasSize(1);
        assertThat(started).isNotDone();
        go.countDown();
        assertThat(started.get(60, TimeUnit.SECONDS).port()).isEqualTo(19_398);
    }
}
