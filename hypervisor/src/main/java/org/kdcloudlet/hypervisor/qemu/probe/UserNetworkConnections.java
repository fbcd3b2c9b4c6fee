package org.kdcloudlet.hypervisor.qemu.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Protocol;

/**
 * What QEMU's monitor command {@code info usernet} prints, read strictly: a line of another form is an error, since taking it
 * for nothing could call a service ready that is not.
 *
 * <p>A connection through a forwarded port shows the host's listening port as its source, not that of the client, so that
 * connections to one port cannot be told apart.
 */
public record UserNetworkConnections(List<Connection> connections) {
    private static final int MAX_TEXT = 4 * 1024 * 1024;
    private static final String FORWARD = "HOST_FORWARD";
    private static final Pattern HEADING = Pattern.compile("(Hub -?\\d+ \\(.{1,128}\\):|Protocol\\[State\\] .{1,80})");
    private static final Pattern ICMP = Pattern.compile("ICMP\\[.{1,20}\\] .{1,100}");
    private static final Pattern CONNECTION = Pattern.compile("(TCP|UDP)\\[([A-Z0-9_]{1,16}|-?\\d{1,10} sec)\\]"
            + " +-?\\d{1,10} +(\\*|[0-9.]{7,15}) +(\\d{1,5}) +([0-9.]{7,15}) +(\\d{1,5}) +\\d{1,10} +\\d{1,10}");
    /** The states that TCP only reaches after the other side completed the handshake (RFC 9293, 3.3.2). */
    private static final Set<String> ANSWERED =
            Set.of("ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSING", "LAST_ACK", "TIME_WAIT");

    public UserNetworkConnections {
        connections = List.copyOf(connections);
    }

    /**
     * One line.
     *
     * @param state {@code HOST_FORWARD} for a listening port, a state of TCP, or the seconds that a UDP flow has left
     * @param sourcePort the host's listening port if the connection came in through it, else the guest's
     * @param destination address of the guest if the connection came in through a forwarded port
     */
    record Connection(Protocol protocol, String state, int sourcePort, String destination, int destinationPort) {
        private boolean isForward() {
            return state.equals(FORWARD);
        }

        /** Whether this connection came in through that forwarded port, rather than out of the guest to a like port. */
        private boolean cameThrough(Connection forward) {
            return !isForward()
                    && protocol == forward.protocol
                    && sourcePort == forward.sourcePort
                    && destination.equals(forward.destination)
                    && destinationPort == forward.destinationPort;
        }
    }

    /**
     * Reads the monitor's answer.
     *
     * @throws HypervisorException {@link HypervisorError#FAILED} if it has another form
     */
    public static UserNetworkConnections parse(String text) {
        if (text.length() > MAX_TEXT) {
            throw new HypervisorException(
                    HypervisorError.FAILED, "QEMU lists more network connections than it can have.");
        }
        List<Connection> connections = new ArrayList<>();
        for (String line : text.split("\\R")) {
            String entry = line.strip();
            Matcher matcher = CONNECTION.matcher(entry);
            if (matcher.matches()) {
                connections.add(new Connection(
                        Protocol.valueOf(matcher.group(1)),
                        matcher.group(2),
                        Integer.parseInt(matcher.group(4)),
                        matcher.group(5),
                        Integer.parseInt(matcher.group(6))));
            } else if (!entry.isEmpty()
                    && !HEADING.matcher(entry).matches()
                    && !ICMP.matcher(entry).matches()) {
                throw new HypervisorException(
                        HypervisorError.FAILED,
                        String.format(
                                Locale.ROOT, "QEMU describes a network connection in an unknown way: %.120s", entry));
            }
        }
        return new UserNetworkConnections(connections);
    }

    /** See {@link GuestConnections#answered}. */
    public int answered(GuestPort port) {
        return (int) forwards()
                .filter(forward -> forward.destinationPort() == port.port() && port.protocol() == Protocol.TCP)
                .flatMap(forward -> connections.stream().filter(connection -> connection.cameThrough(forward)))
                .filter(connection -> ANSWERED.contains(connection.state()))
                .count();
    }

    /** TCP connections that the guest answered and UDP flows, through any forwarded port. */
    public int open() {
        return (int) forwards()
                .flatMap(forward -> connections.stream().filter(connection -> connection.cameThrough(forward)))
                .filter(connection -> connection.protocol() == Protocol.UDP || ANSWERED.contains(connection.state()))
                .count();
    }

    /** TCP connections that both ends know of and have not finished closing, in either direction. */
    public int unfinished() {
        return (int) connections.stream()
                .filter(connection -> connection.protocol() == Protocol.TCP)
                .filter(connection -> ANSWERED.contains(connection.state())
                        && !connection.state().equals("TIME_WAIT"))
                .count();
    }

    /** A forwarded port: which port of the host leads to which of the guest. */
    public record Forward(GuestPort guest, int hostPort) {}

    /** The forwarded ports. */
    public List<Forward> hostForwards() {
        return forwards()
                .map(forward ->
                        new Forward(new GuestPort(forward.protocol(), forward.destinationPort()), forward.sourcePort()))
                .toList();
    }

    private Stream<Connection> forwards() {
        return connections.stream().filter(Connection::isForward);
    }
}
