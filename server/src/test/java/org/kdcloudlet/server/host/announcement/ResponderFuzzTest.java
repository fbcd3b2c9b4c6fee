package org.kdcloudlet.server.host.announcement;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kdcloudlet.fuzzing.Fuzzing;
import org.kdcloudlet.fuzzing.Mutations;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Packets of strangers as the announcement reads them: whatever they ask, what is answered is our own. */
class ResponderFuzzTest {
    @Test
    void whateverIsAskedOnlyOurOwnRecordsAreTheAnswer() throws IOException {
        List<InetAddress> addresses = List.of(InetAddress.getByName("127.0.0.1"), InetAddress.getByName("2001:db8::1"));
        CloudletRecords own = new CloudletRecords("ridge", "ridge", 9999, addresses);
        CloudletRecords rival =
                new CloudletRecords("ridge", "ridge", 9998, List.of(InetAddress.getByName("127.0.0.9")));
        byte[] query = Message.newQuery(Record.newRecord(CloudletRecords.SERVICE_TYPE, Type.PTR, DClass.IN))
                .toWire();
        byte[] all = Message.newQuery(Record.newRecord(CloudletRecords.SERVICE_TYPE, Type.ANY, DClass.ANY))
                .toWire();
        Mutations packets = Mutations.of(List.of(
                        query,
                        all,
                        own.probe(),
                        own.announcement(),
                        rival.probe(),
                        rival.announcement(),
                        own.response(own.answersTo(new Message(query)))))
                .words("\u00c0\u000c", "\u0005ridge", "\u0004_tcp\u0005local\u0000", "\u0000\u00ff\u0080\u0001");
        Fuzzing.of(ResponderFuzzTest.class, "mdns-responder")
                .run(packets, bytes -> answers(own, bytes))
                .requireBoth();
    }

    /** As the responder does it with a packet. */
    private static boolean answers(CloudletRecords own, byte[] bytes) throws IOException {
        Message message;
        try {
            message = new Message(bytes);
        } catch (IOException | RuntimeException noMessage) {
            return false;
        }
        for (int section : new int[] {Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL}) {
            message.getSection(section).forEach(record -> {
                own.contradictsInstance(record);
                own.contradictsHost(record);
            });
        }
        own.losesInstanceTo(message);
        own.losesHostTo(message);
        List<Record> answers = own.answersTo(message);
        assertThat(answers).hasSizeLessThanOrEqualTo(6);
        if (answers.isEmpty()) {
            return false;
        }
        assertThat(own.response(answers).length).isLessThan(1500);
        assertThat(new Message(own.simpleResponse(message, answers)).getSection(Section.ANSWER))
                .hasSameSizeAs(answers);
        return true;
    }
}
