package org.kdcloudlet.server.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceEvent;
import javax.jmdns.ServiceInfo;
import javax.jmdns.ServiceListener;
import javax.jmdns.impl.ServiceInfoImpl;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdvertisementTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private final HostAddresses loopback = new HostAddresses(List.of("lo"));
    private final String name = "ridge" + ProcessHandle.current().pid();

    @AfterEach
    void stop() {
        scheduler.shutdownNow();
    }

    @Test
    void isFoundAsTheSpecificationSaysAndWithdrawnOnClose() throws IOException, InterruptedException {
        CountDownLatch withdrawn = new CountDownLatch(1);
        try (JmDNS browser = JmDNS.create(InetAddress.getByName("127.0.0.1"))) {
            browser.addServiceListener(Advertisement.SERVICE_TYPE, new RemovalListener(name, withdrawn));
            try (Advertisement advertisement = Advertisement.start(name, 4711, loopback, scheduler)) {
                ServiceInfo info = Awaitility.await()
                        .atMost(DEADLINE)
                        .until(
                                () -> browser.getServiceInfo(Advertisement.SERVICE_TYPE, name, 2000),
                                found -> found != null);
                assertThat(info.getPort()).isEqualTo(4711);
                assertThat(info.getTextBytes()).isEqualTo(oneString("encryption=disabled"));
                assertThat(info.getInetAddresses()[0]).isEqualTo(InetAddress.getByName("127.0.0.1"));
                Awaitility.await()
                        .atMost(DEADLINE)
                        .until(() -> !advertisement.states().isEmpty());
                assertThat(advertisement.states())
                        .extracting(Advertisement.State::name)
                        .containsExactly(name);
            }
            assertThat(withdrawn.await(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void nameStaysTheLastWordWhenItIsTaken() throws IOException {
        ServiceInfo taken = ServiceInfo.create(Advertisement.SERVICE_TYPE, name, 1, "encryption=disabled");
        try (JmDNS other = JmDNS.create(InetAddress.getByName("127.0.0.1"), "elsewhere")) {
            other.registerService(taken);
            Awaitility.await().atMost(DEADLINE).until(((ServiceInfoImpl) taken)::isAnnounced);
            try (Advertisement advertisement = Advertisement.start(name, 4711, loopback, scheduler)) {
                Awaitility.await().atMost(DEADLINE).untilAsserted(() -> assertThat(advertisement.states())
                        .extracting(Advertisement.State::name)
                        .containsExactly("2 " + name));
            }
        }
    }

    @Test
    void discoveryFindsIt() throws InterruptedException {
        try (Advertisement advertisement = Advertisement.start(name, 4711, loopback, scheduler)) {
            Awaitility.await()
                    .atMost(DEADLINE)
                    .until(() -> !advertisement.states().isEmpty());
            List<Discovery.Found> found = new Discovery(loopback).look(Duration.ofSeconds(3));
            assertThat(found)
                    .filteredOn(cloudlet -> cloudlet.name().equals(name))
                    .singleElement()
                    .satisfies(cloudlet -> {
                        assertThat(cloudlet.port()).isEqualTo(4711);
                        assertThat(cloudlet.encryption()).isFalse();
                        assertThat(cloudlet.addresses().get(0).getHostAddress()).isEqualTo("127.0.0.1");
                    });
        }
    }

    @Test
    void takenNamesAreCountedUp() {
        assertThat(CloudletNames.next("ridge")).isEqualTo("2 ridge");
        assertThat(CloudletNames.next("2 ridge")).isEqualTo("3 ridge");
        assertThat(CloudletNames.next("99 ridge")).isEqualTo("100 ridge");
    }

    private static byte[] oneString(String text) {
        byte[] bytes = new byte[text.length() + 1];
        bytes[0] = (byte) text.length();
        System.arraycopy(text.getBytes(StandardCharsets.US_ASCII), 0, bytes, 1, text.length());
        return bytes;
    }

    private record RemovalListener(String name, CountDownLatch removed) implements ServiceListener {
        @Override
        public void serviceAdded(ServiceEvent event) {
            // Only its end is of interest.
        }

        @Override
        public void serviceRemoved(ServiceEvent event) {
            if (event.getName().equals(name)) {
                removed.countDown();
            }
        }

        @Override
        public void serviceResolved(ServiceEvent event) {
            // Only its end is of interest.
        }
    }
}
