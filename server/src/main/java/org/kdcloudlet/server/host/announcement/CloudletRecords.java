package org.kdcloudlet.server.host.announcement;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.xbill.DNS.AAAARecord;
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
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * The records of one announcement (spec/discovery.md, RFC 6763) and the messages of multicast DNS made of them (RFC 6762).
 * Immutable.
 */
final class CloudletRecords {
    static final Name SERVICE_TYPE = name("_cloudlet._tcp.local.");

    private static final Name ALL_TYPES = name("_services._dns-sd._udp.local.");
    /** In a response: others forget what they knew. In a question: please answer to me alone (RFC 6762, 10.2 and 5.4). */
    static final int TOP_BIT = 0x8000;
    /** Seconds; RFC 6762, section 10. */
    private static final long TTL_OF_HOST = 120;

    private static final long TTL_OF_OTHERS = 4500;
    /** Seconds; simple resolvers do not hear of changes (RFC 6762, section 6.7). */
    private static final long TTL_OF_SIMPLE_RESOLVERS = 10;

    private final Name instance;
    private final Name host;
    private final List<Record> shared;
    private final List<Record> ofInstance;
    private final List<Record> ofHost;

    /**
     * @param instanceName at most 63 letters, digits, hyphens and spaces
     * @param hostName one label
     */
    CloudletRecords(String instanceName, String hostName, int port, List<InetAddress> addresses) {
        instance = name(instanceName.replace(" ", "\\032") + "." + SERVICE_TYPE);
        host = name(hostName + ".local.");
        int unique = DClass.IN | TOP_BIT;
        shared = List.of(
                new PTRRecord(SERVICE_TYPE, DClass.IN, TTL_OF_OTHERS, instance),
                new PTRRecord(ALL_TYPES, DClass.IN, TTL_OF_OTHERS, SERVICE_TYPE));
        ofInstance = List.of(
                new SRVRecord(instance, unique, TTL_OF_HOST, 0, 0, port, host),
                new TXTRecord(instance, unique, TTL_OF_OTHERS, "encryption=disabled"));
        ofHost = addresses.stream()
                .<Record>map(address -> address instanceof Inet4Address
                        ? new ARecord(host, unique, TTL_OF_HOST, address)
                        : new AAAARecord(host, unique, TTL_OF_HOST, address))
                .toList();
    }

    private static Name name(String text) {
        try {
            return Name.fromString(text);
        } catch (TextParseException e) {
            throw new IllegalArgumentException("not a DNS name: " + text, e);
        }
    }

    /**
     * Asks whether somebody else has our names (RFC 6762, section 8.1); to be answered to all, since an answer to this host
     * alone could go to another program on the same port (section 15.1).
     */
    byte[] probe() {
        Message message = message(false);
        message.addRecord(Record.newRecord(instance, Type.ANY, DClass.IN), Section.QUESTION);
        message.addRecord(Record.newRecord(host, Type.ANY, DClass.IN), Section.QUESTION);
        unique().forEach(record -> message.addRecord(with(record, DClass.IN, record.getTTL()), Section.AUTHORITY));
        return message.toWire();
    }

    byte[] announcement() {
        Message message = message(true);
        Stream.concat(shared.stream(), unique()).forEach(record -> message.addRecord(record, Section.ANSWER));
        return message.toWire();
    }

    /** Says that all this holds no more, but that there may be other cloudlets (RFC 6762, section 10.1). */
    byte[] goodbye() {
        Message message = message(true);
        Stream.concat(shared.stream().limit(1), unique())
                .forEach(record -> message.addRecord(with(record, record.getDClass(), 0), Section.ANSWER));
        return message.toWire();
    }

    /** What a query asks of us and does not know yet (RFC 6762, sections 6 and 7.1). */
    List<Record> answersTo(Message query) {
        List<Record> known = query.getSection(Section.ANSWER);
        return query.getSection(Section.QUESTION).stream()
                .flatMap(question -> all().filter(record -> isAskedFor(record, question)))
                .distinct()
                .filter(record ->
                        known.stream().noneMatch(one -> sameData(one, record) && one.getTTL() >= record.getTTL() / 2))
                .toList();
    }

    /** A response with these records and what goes with them. */
    byte[] response(List<Record> answers) {
        Message message = message(true);
        answers.forEach(record -> message.addRecord(record, Section.ANSWER));
        additional(answers).forEach(record -> message.addRecord(record, Section.ADDITIONAL));
        return message.toWire();
    }

    /** A response for a resolver that knows nothing of multicast DNS (RFC 6762, section 6.7). */
    byte[] simpleResponse(Message query, List<Record> answers) {
        Message message = message(true);
        message.getHeader().setID(query.getHeader().getID());
        query.getSection(Section.QUESTION).forEach(question -> message.addRecord(question, Section.QUESTION));
        answers.forEach(record -> message.addRecord(simple(record), Section.ANSWER));
        additional(answers).forEach(record -> message.addRecord(simple(record), Section.ADDITIONAL));
        return message.toWire();
    }

    private List<Record> additional(List<Record> answers) {
        return answers.stream().anyMatch(record -> ofHost.contains(record))
                ? List.of()
                : unique().filter(record -> !answers.contains(record)).toList();
    }

    /** Whether somebody says that our instance name stands for another service. */
    boolean contradictsInstance(Record record) {
        return record.getTTL() > 0 && record instanceof SRVRecord && differs(record, instance, ofInstance);
    }

    /** Whether somebody says that our host name stands for another host. */
    boolean contradictsHost(Record record) {
        boolean address = record instanceof ARecord || record instanceof AAAARecord;
        return record.getTTL() > 0 && address && differs(record, host, ofHost);
    }

    private static boolean differs(Record record, Name name, List<Record> ours) {
        return record.getName().equals(name) && ours.stream().noneMatch(own -> sameData(own, record));
    }

    /** Whether a probe of somebody who wants our instance name too comes before ours (RFC 6762, section 8.2). */
    boolean losesInstanceTo(Message probe) {
        return loses(ofInstance, instance, probe);
    }

    /** The same for the host name. */
    boolean losesHostTo(Message probe) {
        return loses(ofHost, host, probe);
    }

    private static boolean loses(List<Record> own, Name name, Message probe) {
        List<Record> theirs = sorted(probe.getSection(Section.AUTHORITY).stream()
                .filter(record -> record.getName().equals(name))
                .toList());
        List<Record> ours = sorted(own);
        for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
            int order = ours.get(i).compareTo(theirs.get(i));
            if (order != 0) {
                return order < 0;
            }
        }
        return !theirs.isEmpty() && ours.size() < theirs.size();
    }

    private static List<Record> sorted(List<Record> records) {
        List<Record> sorted = new ArrayList<>();
        records.forEach(record -> sorted.add(with(record, record.getDClass() & ~TOP_BIT, record.getTTL())));
        Collections.sort(sorted);
        return sorted;
    }

    private Stream<Record> unique() {
        return Stream.concat(ofInstance.stream(), ofHost.stream());
    }

    private Stream<Record> all() {
        return Stream.concat(shared.stream(), unique());
    }

    private static boolean isAskedFor(Record record, Record question) {
        int dclass = question.getDClass() & ~TOP_BIT;
        return record.getName().equals(question.getName())
                && (question.getType() == Type.ANY || question.getType() == record.getType())
                && (dclass == DClass.ANY || dclass == DClass.IN);
    }

    private static boolean sameData(Record one, Record other) {
        return one.getType() == other.getType()
                && one.getName().equals(other.getName())
                && Arrays.equals(one.rdataToWireCanonical(), other.rdataToWireCanonical());
    }

    private static Record simple(Record record) {
        return with(record, DClass.IN, Math.min(record.getTTL(), TTL_OF_SIMPLE_RESOLVERS));
    }

    /** The same but for class and time to live, which stand behind name and type on the wire (RFC 1035, section 4.1.3). */
    private static Record with(Record record, int dclass, long ttl) {
        byte[] wire = record.toWire(Section.ANSWER);
        ByteBuffer.wrap(wire)
                .position(record.getName().length() + Short.BYTES)
                .putShort((short) dclass)
                .putInt((int) ttl);
        try {
            return Record.fromWire(wire, Section.ANSWER);
        } catch (IOException e) {
            throw new IllegalStateException("what dnsjava wrote, it reads", e);
        }
    }

    private static Message message(boolean response) {
        Message message = new Message(0);
        if (response) {
            message.getHeader().setFlag(Flags.QR);
            message.getHeader().setFlag(Flags.AA);
        }
        return message;
    }
}
