package org.kdcloudlet.server.host.announcement;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.kdcloudlet.server.host.HostAddresses;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Whatever is sent to the port of multicast DNS, the cloudlet is found afterwards. */
class HostileMulticastTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int MESSAGES = 3000;

    @Test
    void isFoundAfterWhateverBytes() throws IOException, InterruptedException {
        String name = "rock" + ProcessHandle.current().pid();
        Advertisement.Setup setup = new Advertisement.Setup(DiscoveryMethod.BUILT_IN, name, 4711);
        CloudletRecords own = new CloudletRecords(name, name, 4711, List.of(InetAddress.getByName("127.0.0.1")));
        CloudletRecords rival = new CloudletRecords(name, name, 4712, List.of(InetAddress.getByName("127.0.0.9")));
        List<byte[]> seeds = List.of(
                own.probe(),
                own.announcement(),
                rival.probe(),
                query(),
                own.response(own.answersTo(new Message(query()))));
        try (MulticastListener listener = new MulticastListener();
                Advertisement advertisement = Advertisement.start(setup, new HostAddresses(List.of("lo")))) {
            Awaitility.await()
                    .atMost(DEADLINE)
                    .until(() -> !advertisement.states().isEmpty());
            Random random = new Random(6762);
            for (int i = 0; i < MESSAGES; i++) {
                listener.send(mutated(seeds.get(random.nextInt(seeds.size())), random));
            }
            Awaitility.await().atMost(DEADLINE).until(() -> listener.ask(
                            Record.newRecord(CloudletRecords.SERVICE_TYPE, Type.PTR, DClass.IN))
                    .isPresent());
            assertThat(advertisement.states()).singleElement().satisfies(state -> assertThat(state.name())
                    .endsWith(name));
        }
    }

    private static byte[] query() {
        return Message.newQuery(Record.newRecord(CloudletRecords.SERVICE_TYPE, Type.PTR, DClass.IN))
                .toWire();
    }

    /** Some bytes changed, cut off, or all of them random. */
    private static byte[] mutated(byte[] seed, Random random) {
        byte[] bytes = random.nextInt(10) == 0 ? new byte[random.nextInt(600)] : seed.clone();
        if (random.nextInt(10) == 0) {
            random.nextBytes(bytes);
        }
        for (int i = random.nextInt(6); i > 0 && bytes.length > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)) : bytes;
    }
}
