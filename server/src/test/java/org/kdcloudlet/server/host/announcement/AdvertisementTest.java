package org.kdcloudlet.server.host.announcement;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kdcloudlet.server.host.HostAddresses;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** On the loopback interface; what needs networks is in {@link AnnouncementOnNetworksTest}. */
class AdvertisementTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final HostAddresses loopback = new HostAddresses(List.of("lo"));
    private final String name = "Ridge" + ProcessHandle.current().pid();
    private MulticastListener listener;

    @BeforeEach
    void listen() throws IOException {
        listener = new MulticastListener();
    }

    @AfterEach
    void stop() {
        listener.close();
    }

    @Test
    void isFoundAsTheSpecificationSaysAndWithdrawnOnClose() throws IOException {
        Name instance = instance(name);
        try (Advertisement advertisement = announce(4711)) {
            awaitName(advertisement, name);
            Message answer = listener.ask(question(CloudletRecords.SERVICE_TYPE, Type.PTR))
                    .orElseThrow();
            assertThat(answer.getSection(Section.ANSWER)).anySatisfy(record -> assertThat(
                            ((PTRRecord) record).getTarget().toString())
                    .isEqualTo(instance.toString()));
            Message service = listener.ask(question(instance, Type.ANY)).orElseThrow();
            List<Record> records = service.getSection(Section.ANSWER);
            assertThat(records).hasSize(2);
            assertThat(((SRVRecord) records.get(0)).getPort()).isEqualTo(4711);
            assertThat(((TXTRecord) records.get(1)).getStrings()).containsExactly("encryption=disabled");
            Name host = ((SRVRecord) records.get(0)).getTarget();
            Message address = listener.ask(question(host, Type.A)).orElseThrow();
            assertThat(((ARecord) address.getSection(Section.ANSWER).get(0)).getAddress())
                    .isEqualTo(InetAddress.getByName("127.0.0.1"));
            assertThat(goodbyes(instance)).isEmpty();
        }
        Awaitility.await().atMost(DEADLINE).until(() -> !goodbyes(instance).isEmpty());
        assertThat(listener.ask(question(instance, Type.ANY))).isEmpty();
    }

    @Test
    void nameStaysTheLastWordWhenItIsTaken() {
        try (Advertisement first = announce(4711)) {
            awaitName(first, name);
            try (Advertisement second = announce(4712)) {
                awaitName(second, "2 " + name);
                assertThat(first.states()).extracting(Advertisement.State::name).containsExactly(name);
            }
        }
    }

    /** Others on this host may ask too, so what is counted is how many answers the time allows. */
    @Test
    void aQuestionToAllIsAnsweredToAllAndNotTwiceInASecond() {
        try (Advertisement advertisement = announce(4711)) {
            awaitName(advertisement, name);
            long began = System.nanoTime();
            long before = pointers();
            byte[] query = Message.newQuery(question(CloudletRecords.SERVICE_TYPE, Type.PTR))
                    .toWire();
            Awaitility.await()
                    .atMost(DEADLINE)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> {
                        listener.send(query);
                        return System.nanoTime() - began > Duration.ofSeconds(3).toNanos() && pointers() - before >= 2;
                    });
            long second = 1 + Duration.ofNanos(System.nanoTime() - began).toSeconds();
            // One at the beginning, and perhaps the second announcement.
            assertThat(pointers() - before).isLessThanOrEqualTo(second + 2);
        }
    }

    @Test
    void whoKnowsTheAnswerIsNotToldAgain() {
        CloudletRecords records = new CloudletRecords(name, name, 4711, List.of(InetAddress.getLoopbackAddress()));
        Message query = Message.newQuery(question(CloudletRecords.SERVICE_TYPE, Type.PTR));
        assertThat(records.answersTo(query)).hasSize(1);
        query.addRecord(new PTRRecord(CloudletRecords.SERVICE_TYPE, DClass.IN, 2000, instance(name)), Section.ANSWER);
        assertThat(records.answersTo(query)).as("known, but not for long").hasSize(1);
        query.addRecord(new PTRRecord(CloudletRecords.SERVICE_TYPE, DClass.IN, 4500, instance(name)), Section.ANSWER);
        assertThat(records.answersTo(query)).isEmpty();
    }

    @Test
    void aNameTooLongToBeNumberedIsNotAnnouncedWhenTaken() {
        String longest = "r".repeat(63);
        assertThat(CloudletNames.next(longest)).isEmpty();
        try (Advertisement first = announce(longest, 4711)) {
            awaitName(first, longest);
            try (Advertisement second = announce(longest, 4712)) {
                Awaitility.await()
                        .during(Duration.ofSeconds(3))
                        .atMost(DEADLINE)
                        .until(() -> second.states().isEmpty());
            }
        }
    }

    @Test
    void takenNamesAreCountedUp() {
        assertThat(CloudletNames.next("ridge")).isEqualTo(Optional.of("2 ridge"));
        assertThat(CloudletNames.next("2 ridge")).isEqualTo(Optional.of("3 ridge"));
        assertThat(CloudletNames.next("99 ridge")).isEqualTo(Optional.of("100 ridge"));
    }

    private Advertisement announce(int port) {
        return announce(name, port);
    }

    private Advertisement announce(String cloudlet, int port) {
        return Advertisement.start(new Advertisement.Setup(DiscoveryMethod.BUILT_IN, cloudlet, port), loopback);
    }

    private static void awaitName(Advertisement advertisement, String expected) {
        Awaitility.await().atMost(DEADLINE).untilAsserted(() -> assertThat(advertisement.states())
                .extracting(Advertisement.State::name)
                .containsExactly(expected));
    }

    /** How often everybody was told of the cloudlet. */
    private long pointers() {
        return listener.records().stream()
                .filter(record -> record instanceof PTRRecord pointer
                        && pointer.getTarget().equals(instance(name))
                        && pointer.getTTL() > 0)
                .count();
    }

    private List<Record> goodbyes(Name instance) {
        return listener.records().stream()
                .filter(record -> record instanceof PTRRecord pointer
                        && pointer.getTarget().equals(instance)
                        && pointer.getTTL() == 0)
                .toList();
    }

    private static Name instance(String cloudlet) {
        return Name.fromConstantString(cloudlet + "." + CloudletRecords.SERVICE_TYPE);
    }

    private static Record question(Name subject, int type) {
        return Record.newRecord(subject, type, DClass.IN);
    }
}
