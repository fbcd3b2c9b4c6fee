package org.kdcloudlet.client.mdns;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Between records and the bytes of multicast DNS messages (RFC 6762, 18). */
final class Packets {
    /** Bytes of the largest packet to be taken (RFC 6762, 17). */
    static final int LARGEST = 9000;
    /** Bytes of the largest packet to be sent: it goes through whole on every network. */
    private static final int LARGEST_SENT = 1200;

    private Packets() {}

    /** The records of a response; none when the bytes are anything else. Strangers send this: nothing of it is believed. */
    static List<Record> response(byte[] packet) {
        try {
            Message message = new Message(packet);
            Header header = message.getHeader();
            if (!header.getFlag(Flags.QR) || header.getOpcode() != Opcode.QUERY || message.getRcode() != 0) {
                return Collections.emptyList();
            }
            List<Record> records = new ArrayList<>(message.getSection(Section.ANSWER));
            records.addAll(message.getSection(Section.ADDITIONAL));
            return records;
        } catch (IOException | RuntimeException e) {
            // The parser refuses malformed messages with exceptions of either kind. There is nobody to tell.
            return Collections.emptyList();
        }
    }

    /** One or more queries that hold all questions; known answers go with the last one as far as they fit. */
    static List<byte[]> queries(List<Record> questions, List<Record> knownAnswers) {
        List<byte[]> packets = new ArrayList<>();
        Message message = new Message(0);
        for (Record question : questions) {
            message.addRecord(question, Section.QUESTION);
            if (message.toWire().length > LARGEST_SENT) {
                message.removeRecord(question, Section.QUESTION);
                packets.add(message.toWire());
                message = new Message(0);
                message.addRecord(question, Section.QUESTION);
            }
        }
        for (Record known : knownAnswers) {
            message.addRecord(known, Section.ANSWER);
            if (message.toWire().length > LARGEST_SENT) {
                message.removeRecord(known, Section.ANSWER);
                break;
            }
        }
        packets.add(message.toWire());
        return packets;
    }
}
