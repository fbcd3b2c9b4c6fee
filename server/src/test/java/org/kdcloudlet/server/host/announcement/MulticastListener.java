package org.kdcloudlet.server.host.announcement;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Hears multicast DNS on the loopback interface, and asks there. */
final class MulticastListener implements AutoCloseable {
    private static final int ANSWER_WITHIN_MILLIS = 500;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final NetworkInterface loopback = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
    private final List<Message> heard = new CopyOnWriteArrayList<>();
    private final MulticastPort port;

    MulticastListener() throws IOException {
        port = MulticastPort.open(loopback, StandardProtocolFamily.INET, this::hear);
    }

    private void hear(MulticastPort.Packet packet) {
        try {
            heard.add(new Message(packet.data()));
        } catch (IOException e) {
            // Others may send what they like.
        }
    }

    /** Every record of every response so far. */
    List<Record> records() {
        return heard.stream()
                .filter(message -> message.getHeader().getFlag(Flags.QR))
                .flatMap(message -> Stream.of(Section.ANSWER, Section.ADDITIONAL)
                        .flatMap(section -> message.getSection(section).stream()))
                .toList();
    }

    void send(byte[] data) {
        port.send(data);
    }

    /** Asks until it is answered so; whoever else announces something on this host may answer too. */
    Message awaitAnswer(Record question, Predicate<Message> wanted) throws IOException {
        long giveUp = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() - giveUp < 0) {
            Optional<Message> answer = ask(question, wanted);
            if (answer.isPresent()) {
                return answer.get();
            }
        }
        throw new AssertionError("Nobody has answered " + question);
    }

    /** Asks once, and returns the first answer, if one comes in half a second. */
    Optional<Message> ask(Record question) throws IOException {
        return ask(question, anyAnswer -> true);
    }

    /** As a simple resolver does, from a port of its own. */
    private Optional<Message> ask(Record question, Predicate<Message> wanted) throws IOException {
        Message query = Message.newQuery(question);
        byte[] bytes = query.toWire();
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setOption(StandardSocketOptions.IP_MULTICAST_IF, loopback);
            socket.setSoTimeout(ANSWER_WITHIN_MILLIS);
            socket.send(
                    new DatagramPacket(bytes, bytes.length, new InetSocketAddress("224.0.0.251", MulticastPort.PORT)));
            while (true) {
                DatagramPacket packet = new DatagramPacket(new byte[9000], 9000);
                socket.receive(packet);
                Message answer = new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
                if (answer.getHeader().getID() == query.getHeader().getID() && wanted.test(answer)) {
                    return Optional.of(answer);
                }
            }
        } catch (SocketTimeoutException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        port.close();
    }
}
