package org.kdcloudlet.hypervisor.qemu.protocol;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
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

    private final LineChannel channel;
    private final SecureRandom random = new SecureRandom();
    private boolean inStep;

    /**
     * @param channel connected
     * @param inStep whether it is known that no answer is under way, so that the first command needs no synchronization
     */
    public GuestAgent(SocketChannel channel, boolean inStep) {
        this.channel = new LineChannel(channel, "guest agent", MAX_LINE);
        this.inStep = inStep;
    }

    /** Whether the agent answers before the deadline. It is asked anew each second: what came before it was there is lost. */
    public boolean answers(Duration deadline) {
        Deadline end = Deadline.in(deadline);
        while (!end.passed()) {
            try {
                Deadline question = Deadline.in(shorter(ASK_INTERVAL, end.remaining()));
                return channel.alone(question, () -> synchronize(question));
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
    public JsonNode execute(String command, ObjectNode arguments, Duration deadline) {
        Deadline end = Deadline.in(deadline);
        return channel.alone(end, () -> answer(command, arguments, end));
    }

    private JsonNode answer(String command, ObjectNode arguments, Deadline end) {
        ask(command, arguments, end);
        JsonNode answer = parse(channel.readLine(end));
        inStep = true;
        if (answer.has("error")) {
            throw new HypervisorException(
                    HypervisorError.FAILED,
                    "The guest agent refused " + command + ": "
                            + GuestWords.shown(answer.path("error").path("desc").asText()));
        }
        return answer.path("return");
    }

    /** Sends a command that is not answered when it succeeds, such as {@code guest-shutdown}. */
    public void send(String command, ObjectNode arguments, Duration deadline) {
        Deadline end = Deadline.in(deadline);
        channel.alone(end, () -> {
            ask(command, arguments, end);
            return command;
        });
    }

    private void ask(String command, ObjectNode arguments, Deadline end) {
        if (!inStep) {
            synchronize(end);
        }
        inStep = false;
        channel.write(message(command, arguments), end);
    }

    @Override
    public void close() {
        channel.close();
    }

    /** Always true: throws away whatever was under way: the answer to this, and to nothing before, begins with a sentinel byte. */
    private boolean synchronize(Deadline deadline) {
        int id = random.nextInt(Integer.MAX_VALUE);
        channel.write(new byte[] {SENTINEL}, deadline);
        channel.write(message("guest-sync-delimited", Json.object().put("id", id)), deadline);
        while (!isAnswerToSync(channel.readLine(deadline), id)) {
            // an answer to somebody's earlier command
        }
        inStep = true;
        return true;
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
}
