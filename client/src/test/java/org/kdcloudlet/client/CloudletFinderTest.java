package org.kdcloudlet.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The finder on real sockets, beside real responders. */
class CloudletFinderTest {
    private static final Duration DEADLINE = Responders.DEADLINE;

    @Test
    void findsTwentyCloudlets() throws Exception {
        try (Responders responders = new Responders()) {
            responders.start(20, 4000);
            try (CloudletFinder finder =
                    CloudletFinder.builder().interfaces("lo").open()) {
                List<Cloudlet> found = responders.mine(
                        finder.find(DEADLINE, all -> responders.mine(all).size() == 20));
                assertThat(found).hasSize(20);
                assertThat(found).allSatisfy(cloudlet -> {
                    int number = Integer.parseInt(cloudlet.name().substring(responders.prefix.length()));
                    assertThat(cloudlet.port()).isEqualTo(4000 + number);
                    assertThat(cloudlet.isEncrypted()).isFalse();
                    assertThat(cloudlet.addresses().get(0)).isEqualTo(InetAddress.getByName("127.0.0.1"));
                    assertThat(cloudlet.lastHeard()).isAfterOrEqualTo(cloudlet.firstHeard());
                });
            }
        }
    }

    @Test
    void listenersHearOfCloudletsThatComeAndGo() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        try (Responders responders = new Responders();
                CloudletFinder finder =
                        CloudletFinder.builder().interfaces("lo").open()) {
            finder.addListener(new CloudletListener() {
                @Override
                public void found(Cloudlet cloudlet) {
                    if (cloudlet.name().startsWith(responders.prefix)) {
                        heard.add("found");
                    }
                }

                @Override
                public void removed(Cloudlet cloudlet) {
                    if (cloudlet.name().startsWith(responders.prefix)) {
                        heard.add("removed");
                    }
                }
            });
            responders.start(1, 4711);
            Awaitility.await().atMost(DEADLINE).until(() -> heard.contains("found"));
            responders.stop();
            Awaitility.await().atMost(DEADLINE).until(() -> heard.contains("removed"));
            assertThat(heard).containsExactly("found", "removed");
        }
    }

    @Test
    void aClosedFinderFindsNothingMoreAndKeepsNobodyWaiting() throws Exception {
        CloudletFinder finder = CloudletFinder.builder().interfaces("lo").open();
        Thread closing = new Thread(finder::close);
        closing.start();
        assertThat(finder.find(Duration.ofDays(1), all -> false)).isNotNull();
        closing.join();
        finder.close();
        finder.addListener(cloudlet -> {
            throw new AssertionError("heard of " + cloudlet);
        });
        // Closing waits for it a little.
        Awaitility.await().atMost(DEADLINE).until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("cloudlet-finder") && thread.isAlive()));
    }

    @Test
    void anInterfaceThatIsNotThereIsWaitedFor() throws Exception {
        try (CloudletFinder finder =
                CloudletFinder.builder().interfaces("no-such-interface").open()) {
            assertThat(finder.find(Duration.ofMillis(200))).isEmpty();
        }
    }
}
