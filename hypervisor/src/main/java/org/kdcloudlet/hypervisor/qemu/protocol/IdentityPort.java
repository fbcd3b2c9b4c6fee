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
 * of the time that starting a program by the guest agent takes.
 */
public final class IdentityPort implements AutoCloseable {
    /** The port's name in the guest. */
    public static final String NAME = "org.kdcloudlet.identity.0";

    private final LineChannel channel;

    /**
     * @param channel connected
     */
    public IdentityPort(SocketChannel channel) {
        this.channel = new LineChannel(channel, "identity service");
    }

    /** Asks whether there is somebody; the answer may come when the guest has booted. Also renews the guest's entropy. */
    public synchronized void ask(Duration deadline) {
        send(Map.of(), Deadline.in(deadline));
    }

    /** Whether the answer to {@link #ask} comes before the deadline. */
    public synchronized boolean answers(Duration deadline) {
        try {
            requireOk(Deadline.in(deadline));
            return true;
        } catch (HypervisorException e) {
            return false;
        }
    }

    /**
     * Has the guest take over these values.
     *
     * @param values by name: time, hostname, machine-id, mac, entropy
     * @throws HypervisorException {@link HypervisorError#FAILED} if it refuses, {@link HypervisorError#TIMEOUT} after the deadline
     */
    public synchronized void set(Map<String, String> values, Duration deadline) {
        Deadline end = Deadline.in(deadline);
        channel.drop();
        send(values, end);
        requireOk(end);
    }

    @Override
    public void close() {
        channel.close();
    }

    /** The line end at the front drops what somebody before us may have left unfinished, if it comes in the same write. */
    private void send(Map<String, String> values, Deadline deadline) {
        String fields = values.entrySet().stream()
                .map(value -> " " + value.getKey() + "=" + value.getValue())
                .collect(Collectors.joining());
        channel.write(("\nidentity" + fields + "\n").getBytes(StandardCharsets.US_ASCII), deadline);
    }

    private void requireOk(Deadline deadline) {
        String answer = new String(channel.readLine(deadline), StandardCharsets.US_ASCII);
        if (!answer.equals("ok")) {
            throw new HypervisorException(HypervisorError.FAILED, "The guest did not take a new identity: " + answer);
        }
    }
}
