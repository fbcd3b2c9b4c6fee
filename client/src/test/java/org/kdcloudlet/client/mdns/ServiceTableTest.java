package org.kdcloudlet.client.mdns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

class ServiceTableTest {
    private static final Instant HEARD = Instant.EPOCH;
    private static final int FLUSH = 0x8001;
    private static final Name TYPE = InstanceNames.SERVICE_TYPE;

    private final ServiceTable table = new ServiceTable(new Limits(8, 3));
    private final Origin network = new Origin(anyInterface(), false);

    @Test
    void aCloudletIsSeenWhenItsRecordsAreComplete() throws Exception {
        take(0, pointer("ridge", 4500));
        assertThat(table.sightings()).isEmpty();
        assertThat(asked(0)).containsExactlyInAnyOrder("SRV ridge", "TXT ridge");
        take(10, service("ridge", 9999, "ridge.local.", 120), text("ridge", "encryption=enabled"));
        assertThat(asked(300)).containsExactlyInAnyOrder("A ridge.local.", "AAAA ridge.local.");
        take(310, address("ridge.local.", "192.0.2.7", 120));
        assertThat(table.sightings()).singleElement().satisfies(cloudlet -> {
            assertThat(cloudlet.instance()).isEqualTo("ridge");
            assertThat(cloudlet.port()).isEqualTo(9999);
            assertThat(cloudlet.encryption()).isTrue();
            assertThat(cloudlet.addresses()).containsExactly(InetAddress.getByName("192.0.2.7"));
        });
    }

    @Test
    void missingRecordsAreAskedForFiveTimesAndNoMore() throws Exception {
        take(0, pointer("ridge", 4500));
        int asked = 0;
        for (long now = 0; now < 600_000; now += 50) {
            asked += asked(now).isEmpty() ? 0 : 1;
        }
        assertThat(asked).isEqualTo(5);
    }

    @Test
    void recordsAreAskedForAgainBeforeTheyEndAndForgottenWhenTheyDo() throws Exception {
        take(0, complete("ridge", "192.0.2.7"));
        assertThat(asked(95_999)).isEmpty();
        assertThat(table.next()).isEqualTo(96_000);
        assertThat(asked(96_000)).contains("SRV ridge", "A ridge.local.");
        take(97_000, service("ridge", 9999, "ridge.local.", 120), address("ridge.local.", "192.0.2.7", 120));
        table.expire(121_000);
        assertThat(table.sightings()).hasSize(1);
        table.expire(217_000);
        assertThat(table.sightings()).isEmpty();
    }

    @Test
    void aGoodbyeCountsAfterASecond() throws Exception {
        take(0, complete("ridge", "192.0.2.7"));
        take(5000, pointer("ridge", 0));
        table.expire(5999);
        assertThat(table.sightings()).hasSize(1);
        table.expire(6000);
        assertThat(table.sightings()).isEmpty();
    }

    @Test
    void theShortLifeOfAnAnswerToAOneShotQueryEndsNothingEarly() throws Exception {
        take(0, complete("ridge", "192.0.2.7"));
        table.take(List.of(pointer("ridge", 10)), 1000, HEARD, true, network);
        table.expire(20_000);
        assertThat(table.sightings()).hasSize(1);
    }

    @Test
    void anAddressThatChangedReplacesTheOldOne() throws Exception {
        take(0, complete("ridge", "192.0.2.7"));
        take(30_000, new ARecord(name("ridge.local."), FLUSH, 120, InetAddress.getByName("192.0.2.8")));
        table.expire(31_000);
        assertThat(table.sightings().get(0).addresses()).containsExactly(InetAddress.getByName("192.0.2.8"));
    }

    @Test
    void aCloudletThatCouldNotBeReachedIsAskedForAndGoneAfterTenSeconds() throws Exception {
        take(0, complete("ridge", "192.0.2.7"));
        table.doubt("ridge", 30_000);
        assertThat(asked(30_000)).contains("PTR", "SRV ridge");
        table.expire(39_999);
        assertThat(table.sightings()).hasSize(1);
        table.expire(40_000);
        assertThat(table.sightings()).isEmpty();
    }

    @Test
    void aFloodOfNamesAndAddressesIsBoundedAndRealCloudletsStay() throws Exception {
        take(0, complete("ridge", "192.0.2.7"));
        for (int i = 0; i < 10_000; i++) {
            take(1, pointer("flood" + i, 4500));
            take(1, address("ridge.local.", "198.51." + i / 250 % 250 + "." + (i % 250 + 1), 120));
        }
        assertThat(table.knownAnswers(1)).hasSize(1);
        assertThat(asked(1).stream().filter(one -> one.startsWith("SRV"))).hasSizeLessThanOrEqualTo(8);
        assertThat(table.sightings()).singleElement().satisfies(cloudlet -> assertThat(cloudlet.addresses())
                .hasSize(3));
    }

    @Test
    void aFloodOfCompleteCloudletsDoesNotPushOutTheFirstOnes() throws Exception {
        for (int i = 0; i < 100; i++) {
            take(i, complete("cloudlet" + i, "192.0.2." + (i + 1)));
        }
        assertThat(table.sightings()).extracting(Sighting::instance).hasSize(8).contains("cloudlet0");
    }

    @Test
    void servicesAtOddNamesAreIgnored() throws Exception {
        for (String target : List.of(".", "local.", "example.com.", "ridge.local.example.com.")) {
            take(0, pointer("ridge", 4500), service("ridge", 9999, target, 120), text("ridge", "encryption=disabled"));
            take(0, new ARecord(name(target), DClass.IN, 120, InetAddress.getByName("192.0.2.7")));
        }
        take(0, service("ridge", 0, "ridge.local.", 120), address("ridge.local.", "192.0.2.7", 120));
        assertThat(table.sightings()).isEmpty();
    }

    @Test
    void textsOfOtherKindsAreNoCloudlets() throws Exception {
        for (String text : List.of("", "encryption", "encryption=", "encryption=maybe", "x=y", "=enabled")) {
            take(0, complete("ridge", "192.0.2.7", text));
            assertThat(table.sightings()).as(text).isEmpty();
        }
        take(0, new TXTRecord(name("ridge", TYPE), DClass.IN, 120, List.of("encryption=disabled", "more=1")));
        assertThat(table.sightings()).hasSize(1);
    }

    @Test
    void namesThatCannotBeShownAreRefused() throws Exception {
        for (String label : List.of("a\u0007b", "a\u202eb", " ", "ridge ", "a\nb")) {
            take(0, pointerTo(named(label.getBytes(StandardCharsets.UTF_8)), 4500));
        }
        take(0, pointerTo(named(new byte[] {'a', (byte) 0xff}), 4500));
        take(0, pointerTo(name("deep.ridge", TYPE), 4500), pointerTo(TYPE, 4500), pointerTo(Name.root, 4500));
        assertThat(asked(0)).isEmpty();
        take(0, pointerTo(named("2 Café".getBytes(StandardCharsets.UTF_8)), 4500));
        assertThat(asked(0)).hasSize(2);
    }

    @Test
    void addressesThatNobodyCanMeanAreIgnored() throws Exception {
        take(
                0,
                pointer("ridge", 4500),
                service("ridge", 9999, "ridge.local.", 120),
                text("ridge", "encryption=disabled"));
        for (String address : List.of("127.0.0.1", "0.0.0.0", "224.0.0.251")) {
            take(0, address("ridge.local.", address, 120));
        }
        take(0, new AAAARecord(name("ridge.local."), DClass.IN, 120, InetAddress.getByName("ff02::fb")));
        take(0, new AAAARecord(name("ridge.local."), DClass.IN, 120, InetAddress.getByName("::1")));
        assertThat(table.sightings()).isEmpty();
    }

    @Test
    void onlyWhatIsKnownForSureNeedNotBeToldAgain() throws Exception {
        take(0, complete("ridge", "192.0.2.7"));
        take(0, pointer("half", 4500));
        assertThat(table.knownAnswers(1000)).hasSize(1);
        assertThat(table.knownAnswers(2_300_000)).isEmpty();
    }

    private void take(long now, Record... records) {
        table.take(List.of(records), now, HEARD, false, network);
    }

    private List<String> asked(long now) {
        List<String> asked = new ArrayList<>();
        for (Record question : table.questions(now)) {
            String name = question.getName().toString().replace("." + TYPE, "").replace(TYPE.toString(), "");
            asked.add((Type.string(question.getType()) + " " + name).trim());
        }
        return asked;
    }

    private static Record[] complete(String instance, String address) throws Exception {
        return complete(instance, address, "encryption=disabled");
    }

    private static Record[] complete(String instance, String address, String text) throws Exception {
        return new Record[] {
            pointer(instance, 4500),
            service(instance, 9999, instance + ".local.", 120),
            text(instance, text),
            address(instance + ".local.", address, 120)
        };
    }

    private static Record pointer(String instance, long ttl) throws Exception {
        return pointerTo(name(instance, TYPE), ttl);
    }

    private static Record pointerTo(Name target, long ttl) {
        return new PTRRecord(TYPE, DClass.IN, ttl, target);
    }

    private static Record service(String instance, int port, String target, long ttl) throws Exception {
        return new SRVRecord(name(instance, TYPE), FLUSH, ttl, 0, 0, port, name(target));
    }

    private static Record text(String instance, String text) throws Exception {
        return new TXTRecord(name(instance, TYPE), FLUSH, 4500, text);
    }

    private static Record address(String host, String address, long ttl) throws Exception {
        return new ARecord(name(host), DClass.IN, ttl, InetAddress.getByName(address));
    }

    private static Name named(byte[] label) throws Exception {
        byte[] type = TYPE.toWire();
        byte[] wire = new byte[1 + label.length + type.length];
        wire[0] = (byte) label.length;
        System.arraycopy(label, 0, wire, 1, label.length);
        System.arraycopy(type, 0, wire, 1 + label.length, type.length);
        return new Name(wire);
    }

    private static Name name(String text) throws Exception {
        return Name.fromString(text);
    }

    private static Name name(String text, Name origin) throws Exception {
        return Name.fromString(text, origin);
    }

    private static NetworkInterface anyInterface() {
        try {
            return NetworkInterface.getNetworkInterfaces().nextElement();
        } catch (java.net.SocketException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
