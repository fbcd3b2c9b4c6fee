package org.kdcloudlet.client.mdns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.kdcloudlet.fuzzing.Fuzzing;
import org.kdcloudlet.fuzzing.Mutations;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** Packets of strangers: whatever the bytes are, there are records or none, and never more than the limits allow. */
class PacketsTest {
    @Test
    void whateverTheBytesAreNothingBreaksAndLimitsHold() throws Exception {
        ServiceTable table = new ServiceTable(new Limits(4, 2));
        Origin origin = new Origin(NetworkInterface.getNetworkInterfaces().nextElement(), false);
        List<byte[]> responses = new ArrayList<>();
        for (int number = 0; number < 50; number++) {
            responses.add(response(number).toWire());
        }
        AtomicLong round = new AtomicLong();
        Fuzzing.of(PacketsTest.class, "mdns-querier")
                .run(Mutations.of(responses).words("\u0007_tcp\u0005local", "\u00c0\u000c", "_cloudlet"), packet -> {
                    List<Record> records = Packets.response(packet);
                    long now = round.incrementAndGet();
                    table.take(records, now, Instant.EPOCH, now % 2 == 0, origin);
                    table.expire(now);
                    table.questions(now);
                    assertBounded(table);
                    return !records.isEmpty();
                })
                .requireBoth();
    }

    private static void assertBounded(ServiceTable table) {
        assertThat(table.sightings()).hasSizeLessThanOrEqualTo(4);
        for (Sighting sighting : table.sightings()) {
            assertThat(sighting.addresses()).hasSizeBetween(1, 2);
            assertThat(sighting.port()).isBetween(1, 65535);
            assertThat(sighting.instance()).isNotEmpty().doesNotContainPattern("\\p{Cntrl}");
        }
    }

    @Test
    void namesThatPointAtThemselvesEnd() {
        byte[] loop = new byte[12 + 2 + 4 + 12];
        loop[2] = (byte) 0x84;
        loop[7] = 1;
        loop[12] = (byte) 0xc0;
        loop[13] = 12;
        byte[] pair = loop.clone();
        pair[13] = 14;
        pair[14] = (byte) 0xc0;
        pair[15] = 12;
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            assertThat(Packets.response(loop)).isEmpty();
            assertThat(Packets.response(pair)).isEmpty();
        });
    }

    @Test
    void queriesAndFailuresAreNoResponses() throws Exception {
        Message query = response(1);
        query.getHeader().unsetFlag(Flags.QR);
        assertThat(Packets.response(query.toWire())).isEmpty();
        Message failure = response(1);
        failure.getHeader().setRcode(3);
        assertThat(Packets.response(failure.toWire())).isEmpty();
        assertThat(Packets.response(new byte[0])).isEmpty();
        assertThat(Packets.response(response(1).toWire())).hasSize(4);
    }

    @Test
    void manyQuestionsGoIntoSeveralPackets() throws Exception {
        List<Record> questions = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            questions.add(
                    ServiceTable.question(Name.fromString("some-cloudlet-" + i, InstanceNames.SERVICE_TYPE), Type.SRV));
        }
        List<byte[]> packets = Packets.queries(questions, Collections.emptyList());
        int count = 0;
        for (byte[] packet : packets) {
            assertThat(packet.length).isLessThanOrEqualTo(1200);
            count += new Message(packet).getSection(Section.QUESTION).size();
        }
        assertThat(count).isEqualTo(200);
    }

    private static Message response(int number) throws Exception {
        Name instance = Name.fromString("ridge" + number, InstanceNames.SERVICE_TYPE);
        Name host = Name.fromString("ridge" + number + ".local.");
        Message message = new Message(0);
        message.getHeader().setFlag(Flags.QR);
        message.addRecord(new PTRRecord(InstanceNames.SERVICE_TYPE, DClass.IN, 4500, instance), Section.ANSWER);
        message.addRecord(new SRVRecord(instance, DClass.IN, 120, 0, 0, 9999, host), Section.ADDITIONAL);
        message.addRecord(new TXTRecord(instance, DClass.IN, 4500, "encryption=enabled"), Section.ADDITIONAL);
        message.addRecord(
                new ARecord(host, DClass.IN, 120, InetAddress.getByName("192.0.2." + (number + 1))),
                Section.ADDITIONAL);
        return message;
    }
}
