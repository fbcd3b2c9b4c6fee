package org.kdcloudlet.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kdcloudlet.client.rank.Candidate;
import org.kdcloudlet.client.rank.Ranker;
import org.kdcloudlet.client.rank.Rankers;

/** Which cloudlet is chosen, of fakes that say how busy they are. */
class RankingTest {
    private static final String SPEECH = "org.example.speech";

    private FakeCloudlet busy;
    private FakeCloudlet idle;
    private CloudletClient client;

    @BeforeEach
    void start() throws IOException {
        busy = new FakeCloudlet("busy");
        idle = new FakeCloudlet("idle");
        busy.bodies.put("/system", FakeCloudlet.utf8(FakeCloudlet.system(95, FakeCloudlet.service(SPEECH))));
        client = client(busy.cloudlet(), idle.cloudlet());
    }

    private static CloudletClient client(Cloudlet... cloudlets) {
        return CloudletClient.builder()
                .cloudlets(cloudlets)
                .searchTime(Duration.ofMillis(1))
                .finder(CloudletFinder.builder().interfaces("none").open())
                .build();
    }

    @AfterEach
    void stop() throws IOException {
        client.finder().close();
        client.close();
        busy.close();
        idle.close();
    }

    @Test
    void formulasAreThoseOfTheReference() throws Exception {
        Candidate candidate = candidate(50, 4);
        assertThat(Rankers.freeCpu().rank(candidate)).isEqualTo(2 * 100 - 50);
        assertThat(Rankers.cpuPerformance().rank(candidate)).isCloseTo((2 * 100 - 50) * 2599.998, within(1e-6));
        assertThat(Rankers.freeMemory().rank(candidate)).isCloseTo(21480296448.0 / 1024 / 1024, within(1e-6));
        assertThat(Rankers.latency().rank(candidate)).isEqualTo(200);
    }

    @Test
    void theDefaultWeighsCapacityAgainstDistance() throws Exception {
        Ranker ranker = Rankers.balanced();
        assertThat(ranker.rank(candidate(10, 5))).isGreaterThan(ranker.rank(candidate(90, 5)));
        assertThat(ranker.rank(candidate(10, 5))).isGreaterThan(ranker.rank(candidate(10, 50)));
        assertThat(ranker.rank(candidate(10, 60))).isLessThan(ranker.rank(candidate(50, 1)));
        assertThat(ranker.rank(candidate(100, 1))).isZero();
    }

    @Test
    void theBestIsFound() {
        assertThat(client.findBest(SPEECH).name()).isEqualTo("idle");
        assertThat(client.findBest(SPEECH, Rankers.freeCpu()).name()).isEqualTo("idle");
        assertThat(client.candidates(SPEECH, Rankers.freeCpu()))
                .hasSize(2)
                .allSatisfy(candidate -> assertThat(candidate.latency()).isPositive());
    }

    @Test
    void anOwnRankerIsOneLambda() throws Exception {
        assertThat(client.findBest(SPEECH, candidate -> candidate.system().usage())
                        .name())
                .isEqualTo("busy");
        assertThat(client.findBestAsync(
                                SPEECH, candidate -> candidate.cloudlet().name().equals("busy") ? 1 : 0)
                        .get(60, TimeUnit.SECONDS)
                        .name())
                .isEqualTo("busy");
    }

    @Test
    void aRankOfZeroOrLessOrNoNumberIsNotChosen() {
        for (double rank : new double[] {0, -1, Double.NaN}) {
            assertThatThrownBy(() -> client.findBest(SPEECH, candidate -> rank))
                    .isInstanceOf(NoCloudletException.class);
        }
        assertThat(client.findBest(
                                SPEECH, candidate -> candidate.cloudlet().name().equals("busy") ? 0.001 : Double.NaN)
                        .name())
                .isEqualTo("busy");
    }

    @Test
    void whoDoesNotOfferItOrFailsIsPassedOver() throws IOException {
        idle.bodies.put(
                "/system", FakeCloudlet.utf8(FakeCloudlet.system(1, FakeCloudlet.service("org.example.other"))));
        assertThat(client.findBest(SPEECH).name()).isEqualTo("busy");
        busy.vanish();
        assertThatThrownBy(() -> client.findBest(SPEECH))
                .isInstanceOfSatisfying(NoCloudletException.class, e -> assertThat(e.isRetryable())
                        .isTrue())
                .hasMessageContaining("idle does not offer it")
                .hasMessageContaining("busy does not answer");
    }

    @Test
    void whoNeverAnswersHoldsNobodyUp() throws Exception {
        List<ServerSocket> silent = new ArrayList<>();
        List<Cloudlet> all = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            ServerSocket one = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
            silent.add(one);
            all.add(Cloudlet.parse("127.0.0.1:" + one.getLocalPort()));
        }
        all.add(idle.cloudlet());
        try (CloudletFinder finder = CloudletFinder.builder().interfaces("none").open();
                CloudletClient patient = CloudletClient.builder()
                        .cloudlets(all.toArray(new Cloudlet[0]))
                        .callTimeout(Duration.ofHours(1))
                        .searchTime(Duration.ofMillis(1))
                        .finder(finder)
                        .build()) {
            Cloudlet best = patient.findBestAsync(SPEECH, Rankers.balanced()).get(60, TimeUnit.SECONDS);
            assertThat(best.name()).isEqualTo("idle");
        } finally {
            for (ServerSocket one : silent) {
                one.close();
            }
        }
    }

    @Test
    void aCloudletThatCannotBeUsedWithoutPairingIsPassedOver() {
        idle.encrypt("key");
        try (CloudletClient unpaired = client(busy.cloudlet(), idle.cloudlet())) {
            assertThat(unpaired.findBest(SPEECH).name()).isEqualTo("busy");
            unpaired.finder().close();
        }
    }

    private static Candidate candidate(double usage, long latencyMillis) throws IOException {
        String system = FakeCloudlet.system(usage, FakeCloudlet.service(SPEECH));
        SystemInfo info = SystemInfo.read(Json.object(FakeCloudlet.utf8(system)));
        return new Candidate(
                Cloudlet.parse("192.0.2.1"), info.services().get(0), info, Duration.ofMillis(latencyMillis));
    }
}
