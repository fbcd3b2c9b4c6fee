package org.kdcloudlet.server.host.announcement;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
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
    private static final int HOSTILE_MESSAGES = 3000;

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
            listener.awaitAnswer(
                    question(CloudletRecords.SERVICE_TYPE, Type.PTR), answer -> names(answer, name::equals));
            Message service = listener.awaitAnswer(question(instance, Type.ANY), answer -> true);
            List<Record> records = service.getSection(Section.ANSWER);
            assertThat(records).hasSize(2);
            assertThat(((SRVRecord) records.get(0)).getPort()).isEqualTo(4711);
            assertThat(((TXTRecord) records.get(1)).getStrings()).containsExactly("encryption=disabled");
            Name host = ((SRVRecord) records.get(0)).getTarget();
            Message address = listener.awaitAnswer(question(host, Type.A), answer -> true);
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

    /** Here and not in a class of its own, which would be run beside this one: who floods the interface has others miss what is said once. */
    @Test
    void isFoundAfterWhateverBytes() throws IOException {
        String rock = "rock" + ProcessHandle.current().pid();
        CloudletRecords own = new CloudletRecords(rock, rock, 4711, List.of(InetAddress.getByName("127.0.0.1")));
        CloudletRecords rival = new CloudletRecords(rock, rock, 4712, List.of(InetAddress.getByName("127.0.0.9")));
        byte[] query = Message.newQuery(question(CloudletRecords.SERVICE_TYPE, Type.PTR))
                .toWire();
        List<byte[]> seeds = List.of(
                own.probe(), own.announcement(), rival.probe(), query, own.response(own.answersTo(new Message(query))));
        try (Advertisement advertisement = announce(rock, 4711)) {
            awaitName(advertisement, rock);
            Random random = new Random(6762);
            for (int i = 0; i < HOSTILE_MESSAGES; i++) {
                listener.send(mutated(seeds.get(random.nextInt(seeds.size())), random));
            }
            listener.awaitAnswer(
                    question(CloudletRecords.SERVICE_TYPE, Type.PTR),
                    answer -> names(answer, label -> label.endsWith(rock)));
            Awaitility.await().atMost(DEADLINE).untilAsserted(() -> assertThat(advertisement.states())
                    .singleElement()
                    .satisfies(state -> assertThat(state.name()).endsWith(rock)));
        }
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

    /** Whether an answer points to a cloudlet of such a name. */
    private static boolean names(Message answer, Predicate<String> name) {
        return answer.getSection(Section.ANSWER).stream()
                .anyMatch(record -> record instanceof PTRRecord pointer
                        && name.test(pointer.getTarget().getLabelString(0)));
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
