package org.kdcloudlet.hypervisor.qemu.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Reverter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A conversation with one QEMU by QMP. Commands may be sent from many threads and before the answers to earlier ones came;
 * answers find their command by its id. {@link #closed()} completes as soon as QEMU's end is closed, which is when QEMU ends.
 */
public final class QmpConnection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(QmpConnection.class);
    private static final int MAX_LINE = 4 << 20;
    private static final long READER_STACK_BYTES = 128 << 10;
    private static final Duration CONNECT_INTERVAL = Duration.ofMillis(1);
    private static final Duration WRITE_DEADLINE = Duration.ofSeconds(5);

    private final SocketChannel channel;
    private final AtomicLong ids = new AtomicLong();
    private final Map<Long, CompletableFuture<JsonNode>> pending = new ConcurrentHashMap<>();
    private final Map<CompletableFuture<QmpEvent>, Predicate<QmpEvent>> expected = new ConcurrentHashMap<>();
    private final List<Consumer<QmpEvent>> listeners = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final CompletableFuture<Void> greeting = new CompletableFuture<>();

    private QmpConnection(SocketChannel channel, String name) {
        this.channel = channel;
        Thread reader = new Thread(null, this::readAll, "qmp-" + name, READER_STACK_BYTES);
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Connects as soon as QEMU listens and negotiates.
     *
     * @param name for the reading thread
     * @param qemu who has to listen; waiting ends when it does
     * @throws HypervisorException {@link HypervisorError#MACHINE_FAILED} if QEMU ended, {@link HypervisorError#TIMEOUT} if it does not
     *     answer in time
     */
    public static QmpConnection connect(Path socket, String name, UnixSockets.Listener qemu, Deadline deadline) {
        SocketChannel channel = UnixSockets.connect(socket, qemu, CONNECT_INTERVAL, deadline);
        QmpConnection connection = new QmpConnection(channel, name);
        try (Reverter undo = new Reverter()) {
            undo.add("close QMP of " + name, connection::close);
            deadline.get(connection.greeting, "greet");
            deadline.get(connection.send("qmp_capabilities", Json.object()), "negotiate");
            undo.commit();
        }
        return connection;
    }

    /** Sends a command; the future completes with what it returns. */
    public CompletableFuture<JsonNode> send(String command, ObjectNode arguments) {
        long id = ids.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        pending.put(id, answer);
        answer.whenComplete((result, failure) -> pending.remove(id));
        ObjectNode message = Json.object().put("execute", command).put("id", id);
        message.set("arguments", arguments);
        try {
            byte[] line = (Json.MAPPER.writeValueAsString(message) + "\n").getBytes(StandardCharsets.UTF_8);
            write(ByteBuffer.wrap(line));
        } catch (IOException e) {
            answer.completeExceptionally(gone(e));
        }
        if (closed.isDone()) {
            answer.completeExceptionally(gone(null));
        }
        return answer;
    }

    /**
     * Sends a command and waits for its answer.
     *
     * @throws HypervisorException {@link HypervisorError#FAILED} if QEMU refuses, {@link HypervisorError#TIMEOUT} after the deadline,
     *     {@link HypervisorError#MACHINE_FAILED} if QEMU is gone
     */
    public JsonNode execute(String command, ObjectNode arguments, Duration deadline) {
        return Deadline.in(deadline).get(send(command, arguments), "answer " + command);
    }

    /** {@link #execute(String, ObjectNode, Duration)} without arguments. */
    public JsonNode execute(String command, Duration deadline) {
        return execute(command, Json.object(), deadline);
    }

    /** Sends a line to the human monitor, which has some commands that QMP lacks; the future completes with what it prints. */
    public CompletableFuture<String> humanMonitor(String line) {
        return send("human-monitor-command", Json.object().put("command-line", line))
                .thenApply(JsonNode::asText);
    }

    /** Completes with the next event that matches. To be called before the command that causes it. Cancel it when no longer wanted. */
    public CompletableFuture<QmpEvent> expect(Predicate<QmpEvent> matches) {
        CompletableFuture<QmpEvent> future = new CompletableFuture<>();
        expected.put(future, matches);
        future.whenComplete((event, failure) -> expected.remove(future));
        if (closed.isDone()) {
            future.completeExceptionally(gone(null));
        }
        return future;
    }

    /** Calls the listener for each event, from the reading thread; it must not block. */
    public void onEvent(Consumer<QmpEvent> listener) {
        listeners.add(listener);
    }

    /** Completes normally when the connection is closed, by whomever. */
    public CompletableFuture<Void> closed() {
        return closed;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("Could not close a QMP connection: {}", e.getMessage());
        }
    }

    /** A QEMU that does not read for so long that the socket's buffer stays full is given up: the connection is closed. */
    private void write(ByteBuffer line) throws IOException {
        synchronized (channel) {
            CompletableFuture<Void> written = new CompletableFuture<>();
            written.orTimeout(WRITE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS).whenComplete((done, late) -> {
                if (late != null) {
                    LOG.warn("QEMU has not read its commands for {} s", WRITE_DEADLINE.toSeconds());
                    close();
                }
            });
            try {
                while (line.hasRemaining()) {
                    channel.write(line);
                }
            } finally {
                written.complete(null);
            }
        }
    }

    private void readAll() {
        ByteBuffer buffer = ByteBuffer.allocate(8 << 10);
        LineSplitter lines = new LineSplitter(MAX_LINE);
        IOException failure = null;
        try {
            while (channel.read(buffer) >= 0) {
                for (byte[] line : lines.take(buffer.flip())) {
                    dispatch(Json.MAPPER.readTree(line));
                }
                buffer.clear();
            }
        } catch (IOException e) {
            failure = e;
        }
        close();
        closed.complete(null);
        HypervisorException gone = gone(failure);
        greeting.completeExceptionally(gone);
        List.copyOf(pending.values()).forEach(answer -> answer.completeExceptionally(gone));
        List.copyOf(expected.keySet()).forEach(event -> event.completeExceptionally(gone));
    }

    private void dispatch(JsonNode message) {
        if (message.has("event")) {
            QmpEvent event = new QmpEvent(
                    message.get("event").asText(),
                    Optional.ofNullable(message.get("data")).orElseGet(Json::object));
            listeners.forEach(listener -> listener.accept(event));
            List.copyOf(expected.entrySet()).stream()
                    .filter(entry -> entry.getValue().test(event))
                    .forEach(entry -> entry.getKey().complete(event));
        } else if (message.has("QMP")) {
            greeting.complete(null);
        } else {
            answer(message);
        }
    }

    private void answer(JsonNode message) {
        CompletableFuture<JsonNode> answer = pending.get(message.path("id").asLong());
        if (answer == null) {
            LOG.debug("QMP answer nobody waits for: {}", message);
        } else if (message.has("error")) {
            answer.completeExceptionally(new HypervisorException(
                    HypervisorError.FAILED,
                    "QEMU refused: "
                            + GuestWords.shown(
                                    message.path("error").path("desc").asText())));
        } else {
            answer.complete(message.path("return"));
        }
    }

    private static HypervisorException gone(IOException cause) {
        return new HypervisorException(HypervisorError.MACHINE_FAILED, "QEMU is gone", cause);
    }
}
