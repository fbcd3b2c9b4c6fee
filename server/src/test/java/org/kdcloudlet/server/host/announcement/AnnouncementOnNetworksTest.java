package org.kdcloudlet.server.host.announcement;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.network.AvahiDaemon;
import org.kdcloudlet.server.network.AvahiDaemon.Entry;
import org.kdcloudlet.server.network.ConcurrentTest;
import org.kdcloudlet.server.network.TestNetwork;
import org.kdcloudlet.server.network.TestNetwork.Host;
import org.kdcloudlet.server.network.TestNetwork.Segment;
import org.kdcloudlet.server.network.TestProcess;

/**
 * What devices hear of a cloudlet on real networks, in namespaces of their own. Whoever listens does so with the real
 * {@code avahi-daemon} and {@code avahi-browse}.
 */
class AnnouncementOnNetworksTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final String TEXT = "\"encryption=disabled\"";

    @TempDir
    private Path folder;

    private TestNetwork network;
    private Segment lan;
    private Host ridge;
    private AvahiDaemon device;

    @BeforeEach
    void build() {
        network = TestNetwork.create(folder);
        lan = network.segment();
        ridge = network.host("ridge").attach(lan, "eth0", "10.77.0.1/24");
        Host phone = network.host("phone").attach(lan, "wlan0", "10.77.0.100/24", "fd77::100/64");
        device = AvahiDaemon.start(phone, "phone", folder);
    }

    @AfterEach
    void remove() {
        if (network != null) {
            network.close();
        }
    }

    @ConcurrentTest
    void isFoundWithOneTextAndIsWithdrawnAtTheEnd() {
        TestProcess cloudlet = announce(ridge, "auto", "ridge", 4711);
        awaitHeard("ridge 10.77.0.1");
        assertThat(device.browse()).allSatisfy(entry -> {
            assertThat(entry.port()).isEqualTo(4711);
            assertThat(entry.text()).isEqualTo(TEXT);
        });
        cloudlet.end();
        awaitHeard();
    }

    @ConcurrentTest
    void addressesOfBothFamiliesAreAnnouncedAndFollowed() {
        ridge.addAddress("eth0", "fd77::1/64");
        announce(ridge, "auto", "ridge", 4711);
        awaitHeard("ridge 10.77.0.1");
        awaitResolved(4, "10.77.0.1");
        awaitResolved(6, "fd77::1");
        ridge.removeAddress("eth0", "10.77.0.1/24");
        ridge.addAddress("eth0", "10.77.0.2/24");
        awaitHeard("ridge 10.77.0.2");
        awaitResolved(6, "fd77::1");
    }

    private void awaitResolved(int family, String address) {
        Awaitility.await().atMost(DEADLINE).untilAsserted(() -> assertThat(device.resolve("ridge.local", family))
                .endsWith("\t" + address));
    }

    @ConcurrentTest
    void isFoundWhereThereIsIpv6Only() {
        Host six = network.host("six").attach(lan, "eth0", "fd77::6/64");
        announce(six, "auto", "six", 4711);
        awaitHeard("six fd77::6");
    }

    @ConcurrentTest
    void eachInterfaceTellsTheAddressThatIsReachedThere() {
        Segment field = network.segment();
        ridge.attach(field, "wlan0", "10.88.0.1/24");
        AvahiDaemon inTheField =
                AvahiDaemon.start(network.host("tablet").attach(field, "wlan0", "10.88.0.100/24"), "tablet", folder);
        announce(ridge, "auto", "ridge", 4711);
        awaitHeard("ridge 10.77.0.1");
        awaitHeard(inTheField, "ridge 10.88.0.1");
        ridge.cut("wlan0");
        ridge.restore("wlan0");
        ridge.detach("wlan0");
        ridge.attach(field, "wlan1", "10.88.0.2/24");
        awaitHeard(inTheField, "ridge 10.88.0.2");
        awaitHeard("ridge 10.77.0.1");
    }

    @ConcurrentTest
    void twoInterfacesInOneNetworkAreNoClash() {
        ridge.attach(lan, "wlan0", "10.77.0.2/24");
        TestProcess cloudlet = announce(ridge, "auto", "ridge", 4711);
        Awaitility.await()
                .atMost(DEADLINE)
                .until(() -> cloudlet.output().contains("on wlan0")
                        && cloudlet.output().contains("on eth0"));
        awaitNames("ridge");
        assertThat(cloudlet.output()).doesNotContain("WARN");
    }

    @ConcurrentTest
    void theSecondOfANameIsNumberedAndWarns() {
        announce(ridge, "auto", "ridge", 4711);
        awaitHeard("ridge 10.77.0.1");
        Host other = network.host("other").attach(lan, "eth0", "10.77.0.2/24");
        TestProcess second = announce(other, "auto", "ridge", 4711);
        awaitHeard("ridge 10.77.0.1", "2 ridge 10.77.0.2");
        awaitWarning(second, "Announced as '2 ridge'");
    }

    @ConcurrentTest
    void twoThatBeginAtOnceHaveDifferentNames() {
        Host other = network.host("other").attach(lan, "eth0", "10.77.0.2/24");
        announce(ridge, "auto", "ridge", 4711);
        announce(other, "auto", "ridge", 4712);
        awaitNames("ridge", "2 ridge");
    }

    @ConcurrentTest
    void twoServersOnOneHostHaveDifferentNames() {
        announce(ridge, "auto", "ridge", 4711);
        announce(ridge, "auto", "ridge", 4712);
        awaitNames("ridge", "2 ridge");
    }

    @ConcurrentTest
    void networksThatAreJoinedLaterAreSortedOut() {
        Segment away = network.segment();
        Host other = network.host("other").attach(away, "eth0", "10.77.0.2/24");
        announce(ridge, "auto", "ridge", 4711);
        TestProcess second = announce(other, "auto", "ridge", 4712);
        awaitHeard("ridge 10.77.0.1");
        Awaitility.await().atMost(DEADLINE).until(() -> second.output().contains("Announced as 'ridge'"));
        other.detach("eth0");
        other.attach(lan, "eth0", "10.77.0.2/24");
        awaitHeard("ridge 10.77.0.1", "2 ridge 10.77.0.2");
    }

    @ConcurrentTest
    void avahiAnnouncesWhileItRunsAndNobodyTwice() {
        AvahiDaemon avahi = AvahiDaemon.onlyBus(ridge, "ridgehost", folder);
        TestProcess cloudlet = host(avahi, "auto", "ridge", 4711);
        awaitHeard("ridge 10.77.0.1");
        assertThat(cloudlet.output()).doesNotContain("by avahi-daemon");
        avahi.start();
        Awaitility.await().atMost(DEADLINE).until(() -> cloudlet.output().contains("by avahi-daemon"));
        awaitHeard("ridge 10.77.0.1");
        Awaitility.await()
                .atMost(DEADLINE)
                .untilAsserted(() -> assertThat(device.browse()).isNotEmpty().allSatisfy(entry -> {
                    assertThat(entry.host()).isEqualTo("ridgehost.local");
                    assertThat(entry.port()).isEqualTo(4711);
                    assertThat(entry.text()).isEqualTo(TEXT);
                }));
        avahi.stop();
        Awaitility.await().atMost(DEADLINE).untilAsserted(() -> assertThat(device.browse())
                .isNotEmpty()
                .extracting(Entry::host)
                .containsOnly("ridge.local"));
        avahi.start();
        Awaitility.await().atMost(DEADLINE).untilAsserted(() -> assertThat(device.browse())
                .isNotEmpty()
                .extracting(Entry::host)
                .containsOnly("ridgehost.local"));
        assertThat(cloudlet.output()).doesNotContain("WARN").doesNotContain("ERROR");
        cloudlet.end();
        awaitHeard();
    }

    @ConcurrentTest
    void theServerAnnouncesItselfWhenTheBusDies() {
        AvahiDaemon avahi = AvahiDaemon.start(ridge, "ridgehost", folder);
        TestProcess cloudlet = host(avahi, "auto", "ridge", 4711);
        Awaitility.await().atMost(DEADLINE).until(() -> cloudlet.output().contains("by avahi-daemon"));
        avahi.stopBus();
        Awaitility.await().atMost(DEADLINE).untilAsserted(() -> assertThat(device.browse())
                .isNotEmpty()
                .extracting(Entry::host)
                .containsOnly("ridge.local"));
        assertThat(cloudlet.output()).doesNotContain("WARN").doesNotContain("ERROR");
    }

    @ConcurrentTest
    void avahiWithdrawsTheCloudletWhoseServerIsKilled() {
        AvahiDaemon avahi = AvahiDaemon.start(ridge, "ridgehost", folder);
        TestProcess cloudlet = host(avahi, "avahi", "ridge", 4711);
        awaitHeard("ridge 10.77.0.1");
        cloudlet.kill();
        awaitHeard();
    }

    @ConcurrentTest
    void nameStaysTheLastWordWhenAvahiFindsItTaken() {
        announce(network.host("other").attach(lan, "eth0", "10.77.0.2/24"), "built_in", "ridge", 4711);
        awaitHeard("ridge 10.77.0.2");
        AvahiDaemon avahi = AvahiDaemon.start(ridge, "ridgehost", folder);
        TestProcess second = host(avahi, "auto", "ridge", 4712);
        awaitHeard("ridge 10.77.0.2", "2 ridge 10.77.0.1");
        TestProcess third = host(avahi, "auto", "ridge", 4713);
        awaitHeard("ridge 10.77.0.2", "2 ridge 10.77.0.1", "3 ridge 10.77.0.1");
        awaitWarning(second, "Announced as '2 ridge'");
        awaitWarning(third, "Announced as '3 ridge'");
    }

    @ConcurrentTest
    void avahiIsToldOfInterfacesThatComeLater() {
        Segment field = network.segment();
        AvahiDaemon inTheField =
                AvahiDaemon.start(network.host("tablet").attach(field, "wlan0", "10.88.0.100/24"), "tablet", folder);
        AvahiDaemon avahi = AvahiDaemon.start(ridge, "ridgehost", folder);
        host(avahi, "avahi", "ridge", 4711);
        awaitHeard("ridge 10.77.0.1");
        ridge.attach(field, "wlan0", "10.88.0.1/24");
        awaitHeard(inTheField, "ridge 10.88.0.1");
        ridge.removeAddress("wlan0", "10.88.0.1/24");
        ridge.addAddress("wlan0", "10.88.0.2/24");
        awaitHeard(inTheField, "ridge 10.88.0.2");
    }

    @ConcurrentTest
    void withoutAvahiItIsNotAnnouncedWhenOnlyAvahiMay() {
        AvahiDaemon avahi = AvahiDaemon.onlyBus(ridge, "ridgehost", folder);
        TestProcess cloudlet = host(avahi, "avahi", "ridge", 4711);
        Awaitility.await().atMost(DEADLINE).until(() -> cloudlet.output().contains("avahi-daemon does not run"));
        assertThat(device.browse()).isEmpty();
        avahi.start();
        awaitHeard("ridge 10.77.0.1");
    }

    /** Announces on the host of an avahi. */
    private TestProcess host(AvahiDaemon avahi, String method, String name, int port) {
        return ridge.start(
                avahi.withBus(TestNetwork.java(AnnouncingProcess.class, method, name, Integer.toString(port))));
    }

    private TestProcess announce(Host host, String method, String name, int port) {
        return host.startJava(AnnouncingProcess.class, method, name, Integer.toString(port));
    }

    private static void awaitWarning(TestProcess cloudlet, String warning) {
        Awaitility.await().atMost(DEADLINE).until(() -> cloudlet.output()
                .lines()
                .anyMatch(line -> line.contains("WARN") && line.contains(warning) && line.contains("rename one")));
    }

    private void awaitHeard(String... namesAndAddresses) {
        awaitHeard(device, namesAndAddresses);
    }

    private static void awaitHeard(AvahiDaemon listener, String... namesAndAddresses) {
        Awaitility.await().atMost(DEADLINE).untilAsserted(() -> assertThat(heard(listener))
                .containsExactlyInAnyOrder(namesAndAddresses));
    }

    private void awaitNames(String... names) {
        Awaitility.await().atMost(DEADLINE).untilAsserted(() -> assertThat(
                        device.browse().stream().map(Entry::name).collect(Collectors.toSet()))
                .isEqualTo(Set.copyOf(Arrays.asList(names))));
    }

    private static List<String> heard(AvahiDaemon listener) {
        return listener.browse().stream()
                .map(entry -> entry.name() + " " + entry.address())
                .distinct()
                .toList();
    }
}
