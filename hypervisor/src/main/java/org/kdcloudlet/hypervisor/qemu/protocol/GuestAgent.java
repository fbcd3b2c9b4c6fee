package org.kdcloudlet.hypervisor.qemu.protocol;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/**
 * The host's end of the channel to the agent inside a guest. One conversation at a time; a guest without an agent just never
 * answers. What comes back is the guest's word and is limited in size. The channel has to be held open as long as the
 * machine runs, or the agent spins.
 */
public final class GuestAgent implements AutoCloseable {
    private static final int MAX_LINE = 1 << 20;
    private static final Duration ASK_INTERVAL = Duration.ofSeconds(1);
    private static final byte SENTINEL = (byte) 0xff;

    private final SocketChannel channel;
    private final SecureRandom random = new SecureRandom();
    private final Deque<byte[]> lines = new ArrayDeque<>();
    private LineSplitter splitter = new LineSplitter(MAX_LINE);
    private boolean inStep;

    /**
     * @param channel connected
     * @param inStep whether it is known that no answer is under way, so that the first command needs no synchronization
     */
    public GuestAgent(SocketChannel channel, boolean inStep) {
        this.channel = channel;
        this.inStep = inStep;
        try {
            channel.configureBlocking(false);
        } catch (IOException e) {
            throw Failures.of("Could not set up the channel to the guest agent", e);
        }
    }

    /** Whether the agent answers before the deadline. It is asked anew each second: what came before it was there is lost. */
    public synchronized boolean answers(Duration deadline) {
        Deadline end = Deadline.in(deadline);
        while (!end.passed()) {
            try {
                synchronize(Deadline.in(shorter(ASK_INTERVAL, end.remaining())));
                return true;
            } catch (HypervisorException e) {
                if (e.error() != HypervisorError.TIMEOUT) {
                    return false;
                }
            }
        }
        return false;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /**
     * Has the agent do something.
     *
     * @throws HypervisorException {@link HypervisorError#FAILED} if the agent refuses, {@link HypervisorError#TIMEOUT} after the deadline,
     *     {@link HypervisorError#MACHINE_FAILED} if the channel is closed
     */
    public synchronized JsonNode execute(String command, ObjectNode arguments, Duration deadline) {
        Deadline end = Deadline.in(deadline);
        if (!inStep) {
            synchronize(end);
        }
        inStep = false;
        write(message(command, arguments), end);
        JsonNode answer = parse(readLine(end));
        inStep = true;
        if (answer.has("error")) {
            throw new HypervisorException(
                    HypervisorError.FAILED,
                    "The guest agent refused " + command + ": "
                            + answer.path("error").path("desc").asText());
        }
        return answer.path("return");
    }

    /** Sends a command that is not answered when it succeeds, such as {@code guest-shutdown}. */
    public synchronized void send(String command, ObjectNode arguments, Duration deadline) {
        Deadline end = Deadline.in(deadline);
        if (!inStep) {
            synchronize(end);
        }
        inStep = false;
        write(message(command, arguments), end);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw Failures.of("Could not close the channel to the guest agent", e);
        }
    }

    /** Throws away whatever was under way: the answer to this, and to nothing before, begins with a sentinel byte. */
    private void synchronize(Deadline deadline) {
        int id = random.nextInt(Integer.MAX_VALUE);
        write(new byte[] {SENTINEL}, deadline);
        write(message("guest-sync-delimited", Json.object().put("id", id)), deadline);
        while (!isAnswerToSync(readLine(deadline), id)) {
            // an answer to somebody's earlier command
        }
        inStep = true;
    }

    private static boolean isAnswerToSync(byte[] line, int id) {
        int start = line.length;
        while (start > 0 && line[start - 1] != SENTINEL) {
            start--;
        }
        if (start == 0) {
            return false;
        }
        try {
            JsonNode answer = Json.MAPPER.readTree(line, start, line.length - start);
            return answer.path("return").asInt(-1) == id;
        } catch (IOException e) {
            return false;
        }
    }

    private static byte[] message(String command, ObjectNode arguments) {
        ObjectNode message = Json.object().put("execute", command);
        message.set("arguments", arguments);
        try {
            return (Json.MAPPER.writeValueAsString(message) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("Not a command: " + command, e);
        }
    }

    private static JsonNode parse(byte[] line) {
        try {
            return Optional.ofNullable(Json.MAPPER.readTree(line)).orElseGet(Json::object);
        } catch (IOException e) {
            throw new HypervisorException(HypervisorError.FAILED, "The guest agent answered no JSON", e);
        }
    }

    private void write(byte[] bytes, Deadline deadline) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        try {
            channel.write(buffer);
            while (buffer.hasRemaining()) {
                awaitChannel(SelectionKey.OP_WRITE, deadline);
                channel.write(buffer);
            }
        } catch (IOException e) {
            throw closed(e);
        }
    }

    private byte[] readLine(Deadline deadline) {
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        try {
            while (lines.isEmpty()) {
                awaitChannel(SelectionKey.OP_READ, deadline);
                if (channel.read(buffer.clear()) < 0) {
                    throw closed(null);
                }
                lines.addAll(splitter.take(buffer.flip()));
            }
        } catch (IOException e) {
            splitter = new LineSplitter(MAX_LINE);
            throw closed(e);
        }
        return lines.remove();
    }

    private void awaitChannel(int operation, Deadline deadline) throws IOException {
        try (Selector selector = Selector.open()) {
            channel.register(selector, operation);
            if (selector.select(Math.max(1, deadline.remaining().toMillis())) == 0) {
                throw new HypervisorException(
                        Thread.currentThread().isInterrupted() ? HypervisorError.FAILED : HypervisorError.TIMEOUT,
                        "The guest agent did not answer in time");
            }
        }
    }

    private static HypervisorException closed(IOException cause) {
        return new HypervisorException(
                HypervisorError.MACHINE_FAILED, "The channel to the guest agent is closed", cause);
    }
}
