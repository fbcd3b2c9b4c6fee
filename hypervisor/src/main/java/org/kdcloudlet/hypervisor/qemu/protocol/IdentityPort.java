package org.kdcloudlet.hypervisor.qemu.protocol;

import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/**
 * The host's end of the port at which a guest's identity service waits to be told who it is (images/README.md). It needs a quarter
 * of the time that starting a program by the guest agent takes. Answers come in the order of requests and have no other mark, so it
 * counts those that are due: one that comes late is not taken for the next.
 */
public final class IdentityPort implements AutoCloseable {
    /** The port's name in the guest. */
    public static final String NAME = "org.kdcloudlet.identity.0";

    private static final int MAX_LINE = 4096;

    private final LineChannel channel;
    private int unanswered;

    /**
     * @param channel connected
     */
    public IdentityPort(SocketChannel channel) {
        this.channel = new LineChannel(channel, "identity service", MAX_LINE);
    }

    /** Asks whether there is somebody; the answer may come when the guest has booted. Also renews the guest's entropy. */
    public void ask(Duration deadline) {
        Deadline end = Deadline.in(deadline);
        channel.alone(end, () -> send(Map.of(), end));
    }

    /** Whether the answer to {@link #ask} comes before the deadline. */
    public boolean answers(Duration deadline) {
        Deadline end = Deadline.in(deadline);
        try {
            return channel.alone(end, () -> requireOk(end));
        } catch (HypervisorException e) {
            return false;
        }
    }

    /**
     * Has the guest take over these values.
     *
     * @param values by name: time, hostname, machine-id, mac, entropy
     * @throws HypervisorException {@link HypervisorError#FAILED} if it refuses or answers nonsense, {@link HypervisorError#TIMEOUT} after
     *     the deadline
     */
    public void set(Map<String, String> values, Duration deadline) {
        Deadline end = Deadline.in(deadline);
        channel.alone(end, () -> send(values, end) && requireOk(end));
    }

    @Override
    public void close() {
        channel.close();
    }

    /** The line end at the front drops what somebody before us may have left unfinished, if it comes in the same write. */
    private boolean send(Map<String, String> values, Deadline deadline) {
        String fields = values.entrySet().stream()
                .map(value -> " " + value.getKey() + "=" + value.getValue())
                .collect(Collectors.joining());
        unanswered = Math.max(0, unanswered - channel.drop(deadline));
        channel.write(("\nidentity" + fields + "\n").getBytes(StandardCharsets.US_ASCII), deadline);
        unanswered++;
        return true;
    }

    private boolean requireOk(Deadline deadline) {
        byte[] line;
        do {
            line = channel.readLine(deadline);
            unanswered = Math.max(0, unanswered - 1);
        } while (unanswered > 0);
        String answer = new String(line, StandardCharsets.US_ASCII);
        if (!answer.equals("ok")) {
            throw new HypervisorException(
                    HypervisorError.FAILED, "The guest did not take a new identity: " + GuestWords.shown(answer));
        }
        return true;
    }
}
