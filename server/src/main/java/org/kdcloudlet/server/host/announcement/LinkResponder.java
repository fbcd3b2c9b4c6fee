package org.kdcloudlet.server.host.announcement;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.kdcloudlet.server.host.HostAddresses;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;

/**
 * Announces the cloudlet on one interface by multicast DNS (RFC 6762): probes for its names, takes others when they are
 * taken, answers, and says goodbye when closed. Sends no more than is good for the network, whatever comes in.
 */
final class LinkResponder implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LinkResponder.class);

    /** RFC 6762, section 8.1. */
    private static final Duration PROBE_INTERVAL = Duration.ofMillis(250);

    private static final int PROBES = 3;
    /** RFC 6762, sections 8.2 and 8.3: between announcements, and after another probe came first. */
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static final int ANNOUNCEMENTS = 2;
    /** RFC 6762, section 8.1: after so many clashes, take time. */
    private static final int MANY_CLASHES = 15;

    private static final Duration PAUSE = Duration.ofSeconds(5);
    /** When no name is free, until it is tried again. */
    private static final Duration REST = Duration.ofMinutes(1);

    /**
     * What is announced.
     *
     * @param link the interface and the addresses
     * @param name of the cloudlet
     * @param port of the device API
     * @param ownAddresses all of this host, to tell itself from others
     */
    record Subject(HostAddresses.Link link, String name, int port, Supplier<Set<InetAddress>> ownAddresses) {}

    private final Subject subject;
    private final ScheduledExecutorService scheduler;
    private final List<MulticastPort> ports = new ArrayList<>();
    private final AnswerLimits limits = new AnswerLimits(System.nanoTime());
    /** Answers to everybody that wait for their moment. */
    private final Set<Record> planned = new LinkedHashSet<>();

    private String instanceName;
    private String hostName;
    private CloudletRecords records;
    private int hostClashes;
    private int clashes;
    private boolean announced;
    private boolean closed;
    /** No name was free. */
    private boolean resting;
    /** Grows with each start over, so that the steps of those before are dropped. */
    private int attempt;

    private LinkResponder(Subject subject, ScheduledExecutorService scheduler) {
        this.subject = subject;
        this.scheduler = scheduler;
        instanceName = subject.name();
        hostName = subject.name();
        records = newRecords();
    }

    /**
     * Begins in the background.
     *
     * @throws IOException when the interface went away
     */
    static LinkResponder start(Subject subject, ScheduledExecutorService scheduler) throws IOException {
        NetworkInterface networkInterface =
                NetworkInterface.getByIndex(subject.link().index());
        if (networkInterface == null) {
            throw new IOException("the interface is gone");
        }
        LinkResponder responder = new LinkResponder(subject, scheduler);
        try {
            responder.open(networkInterface);
        } catch (IOException | RuntimeException e) {
            responder.close();
            throw e;
        }
        return responder;
    }

    /** A port for each family of addresses that is announced. */
    private synchronized void open(NetworkInterface networkInterface) throws IOException {
        Stream<InetAddress> addresses = subject.link().addresses().stream();
        for (StandardProtocolFamily family : addresses
                .map(address ->
                        address instanceof Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET)
                .distinct()
                .toList()) {
            ports.add(MulticastPort.open(networkInterface, family, this::receive));
        }
        startOver(Duration.ofMillis(ThreadLocalRandom.current().nextLong(PROBE_INTERVAL.toMillis())));
    }

    /** The name under which the cloudlet is announced here; empty while it is not. */
    synchronized Optional<String> announcedAs() {
        return announced ? Optional.of(instanceName) : Optional.empty();
    }

    private CloudletRecords newRecords() {
        return new CloudletRecords(
                instanceName, hostName, subject.port(), subject.link().addresses());
    }

    private void startOver(Duration delay) {
        announced = false;
        resting = false;
        attempt++;
        planned.clear();
        records = newRecords();
        later(delay, () -> probe(0));
    }

    private void later(Duration delay, Runnable step) {
        int ofAttempt = attempt;
        scheduler.schedule(() -> take(step, ofAttempt), delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    private synchronized void take(Runnable step, int ofAttempt) {
        if (!closed && attempt == ofAttempt) {
            step.run();
        }
    }

    private void probe(int sent) {
        if (sent < PROBES) {
            toAll(records.probe());
            later(PROBE_INTERVAL, () -> probe(sent + 1));
        } else {
            announced = true;
            announce(1);
        }
    }

    private void announce(int count) {
        toAll(records.announcement());
        limits.answeredAll(System.nanoTime());
        if (count < ANNOUNCEMENTS) {
            later(SECOND, () -> announce(count + 1));
        }
    }

    private void toAll(byte[] message) {
        ports.forEach(port -> port.send(message));
    }

    private synchronized void receive(MulticastPort.Packet packet) {
        if (closed || resting) {
            return;
        }
        Message message;
        try {
            message = new Message(packet.data());
        } catch (IOException | RuntimeException e) {
            log.debug("Not a DNS message from {}: {}", packet.source(), e.toString());
            return;
        }
        if (message.getHeader().getFlag(Flags.QR)) {
            checkForClash(message, packet.source().getAddress());
        } else if (announced) {
            answer(message, packet);
        } else if (records.losesInstanceTo(message) || records.losesHostTo(message)) {
            startOver(SECOND);
        }
    }

    private void checkForClash(Message response, InetAddress source) {
        List<Record> told = Stream.of(Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL)
                .flatMap(section -> response.getSection(section).stream())
                .toList();
        boolean ourselves = subject.ownAddresses().get().contains(HostAddresses.withoutScope(source));
        // On another interface in the same network we have other addresses, but the same port.
        boolean ofInstance = told.stream()
                .filter(records::contradictsInstance)
                .anyMatch(record -> !ourselves || ((SRVRecord) record).getPort() != subject.port());
        boolean ofHost = !ourselves && told.stream().anyMatch(records::contradictsHost);
        if (ofInstance || ofHost) {
            clash(ofInstance, ofHost);
        }
    }

    /** Who probes takes another name; who has announced a name probes for it again (RFC 6762, section 9). */
    private void clash(boolean ofInstance, boolean ofHost) {
        clashes++;
        if (!announced && ofInstance) {
            Optional<String> next = CloudletNames.next(instanceName);
            if (next.isEmpty()) {
                resting = true;
                attempt++;
                later(REST, () -> startOver(Duration.ZERO));
                log.warn(
                        "Not announced on {}: another cloudlet there is called '{}', and the name is too long to be numbered. Rename one",
                        subject.link().name(),
                        instanceName);
                return;
            }
            instanceName = next.get();
        }
        if (!announced && ofHost) {
            hostClashes++;
            hostName = hostLabel(subject.name(), hostClashes + 1);
        }
        startOver(clashes % MANY_CLASHES == 0 ? PAUSE : Duration.ZERO);
    }

    private static String hostLabel(String name, int number) {
        String suffix = "-" + number;
        return name.substring(0, Math.min(name.length(), 63 - suffix.length())) + suffix;
    }

    private void answer(Message query, MulticastPort.Packet packet) {
        List<Record> answers = records.answersTo(query);
        long now = System.nanoTime();
        if (answers.isEmpty()) {
            return;
        }
        if (packet.source().getPort() != MulticastPort.PORT) {
            if (limits.takeDirectAnswer(now)) {
                packet.port().send(records.simpleResponse(query, answers), packet.source());
            }
        } else if (!query.getSection(Section.AUTHORITY).isEmpty()) {
            if (limits.takeDefence(now)) {
                toAll(records.response(answers));
            }
        } else if (isForTheAskerAlone(query)) {
            if (limits.takeDirectAnswer(now)) {
                packet.port().send(records.response(answers), packet.source());
            }
        } else {
            plan(answers, now);
        }
    }

    private static boolean isForTheAskerAlone(Message query) {
        return query.getSection(Section.QUESTION).stream()
                .allMatch(question -> (question.getDClass() & CloudletRecords.TOP_BIT) != 0);
    }

    private void plan(List<Record> answers, long now) {
        if (planned.isEmpty()) {
            later(limits.delayOfAnswerToAll(now), this::sendPlanned);
        }
        planned.addAll(answers);
    }

    private void sendPlanned() {
        toAll(records.response(List.copyOf(planned)));
        planned.clear();
        limits.answeredAll(System.nanoTime());
    }

    /** Says goodbye, which takes no time. */
    @Override
    public synchronized void close() {
        if (!closed && announced) {
            toAll(records.goodbye());
        }
        closed = true;
        announced = false;
        ports.forEach(MulticastPort::close);
    }
}
