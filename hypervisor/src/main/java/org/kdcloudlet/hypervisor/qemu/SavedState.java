package org.kdcloudlet.hypervisor.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;
import org.kdcloudlet.hypervisor.qemu.protocol.Json;
import org.kdcloudlet.hypervisor.qemu.protocol.QmpConnection;
import org.kdcloudlet.hypervisor.qemu.protocol.QmpEvent;

/**
 * Moves a machine's state out of a QEMU into a file, and from a file into a QEMU, by QEMU's migration. The file is the server's:
 * QEMU sends through a socket and receives on its standard input, and can neither open nor change it.
 */
final class SavedState {
    /** The longest state of devices alone. */
    static final long DEVICES_MAX_BYTES = 256L << 20;

    private static final Duration REPORT = Duration.ofMillis(100);
    private static final Duration BASE_DEADLINE = Duration.ofSeconds(60);
    private static final long SLOWEST_BYTES_PER_SECOND = 10L << 20;
    private static final long MAX_BYTES_PER_SECOND = 1L << 40;
    private static final Set<OpenOption> NEW_FILE = Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    private static final int CHUNK = 1 << 20;

    private SavedState() {}

    /** How long moving the memory of a machine may take at most. */
    static Deadline deadline(int memoryMib) {
        return Deadline.in(BASE_DEADLINE.plusSeconds(((long) memoryMib << 20) / SLOWEST_BYTES_PER_SECOND));
    }

    /**
     * Writes the state of a machine whose CPUs stand still to a new file.
     *
     * @param memoryToo whether the memory is written too, or is in a file anyway
     * @param saved is told at first and ten times a second how many bytes were written; what it throws ends the saving and is let through
     * @throws HypervisorException {@link HypervisorError#NO_SPACE} if the disk is full; the machine can go on then
     */
    static void save(
            RunningQemu qemu,
            Optional<UnprivilegedUser> user,
            int memoryMib,
            boolean memoryToo,
            Path file,
            Executor executor,
            LongConsumer saved) {
        Deadline deadline = deadline(memoryMib);
        long limit = DEVICES_MAX_BYTES + (memoryToo ? (long) memoryMib << 20 : 0);
        try (Reverter undo = new Reverter();
                ServerSocketChannel server = qemu.folder().listen(MachineFolder.SAVE, user)) {
            undo.add("stop saving", () -> stopSaving(qemu.qmp()));
            AtomicLong total = new AtomicLong();
            CompletableFuture<Void> received = new CompletableFuture<>();
            executor.execute(() -> receive(server, file, limit, total, received));
            CompletableFuture<QmpEvent> end = qemu.qmp().expect(migrationEnd());
            QmpConnection qmp = qemu.qmp();
            deadline.get(qmp.send("migrate-set-capabilities", capabilities(!memoryToo)), "prepare saving");
            ObjectNode unlimited = Json.object().put("max-bandwidth", MAX_BYTES_PER_SECOND);
            deadline.get(qmp.send("migrate-set-parameters", unlimited), "prepare saving");
            deadline.get(
                    qmp.send("migrate", Json.object().put("uri", "unix:../" + MachineFolder.SAVE)), "begin to save");
            received.whenComplete((done, failure) -> {
                if (failure != null) {
                    end.completeExceptionally(failure);
                }
            });
            do {
                saved.accept(total.get());
            } while (!Deadline.in(REPORT).await(end) && !deadline.passed());
            requireCompleted(qmp, deadline.get(end, "save its state"), deadline);
            deadline.get(received, "send its state");
            undo.commit();
        } catch (IOException e) {
            throw Failures.of("Could not save the state of a machine", e);
        }
    }

    private static void stopSaving(QmpConnection qmp) {
        if (!qmp.closed().isDone()) {
            MachineHalt.awaitNoMigration(qmp);
        }
    }

    /**
     * Has a QEMU that waits for a state take over the one on its standard input. Its CPUs stand still afterwards.
     *
     * @param memoryToo whether the memory is in the state too
     */
    static void load(QmpConnection qmp, boolean memoryToo, Deadline deadline) {
        CompletableFuture<QmpEvent> end = qmp.expect(migrationEnd());
        CompletableFuture<JsonNode> prepared = qmp.send("migrate-set-capabilities", capabilities(!memoryToo));
        CompletableFuture<JsonNode> begun =
                qmp.send("migrate-incoming", Json.object().put("uri", "fd:0"));
        deadline.get(prepared, "prepare taking over a state");
        deadline.get(begun, "begin to take over a state");
        requireCompleted(qmp, deadline.get(end, "take over a state"), deadline);
    }

    private static ObjectNode capabilities(boolean withoutSharedMemory) {
        ObjectNode arguments = Json.object();
        arguments
                .putArray("capabilities")
                .add(Json.object().put("capability", "events").put("state", true))
                .add(Json.object().put("capability", "x-ignore-shared").put("state", withoutSharedMemory));
        return arguments;
    }

    private static Predicate<QmpEvent> migrationEnd() {
        return event -> event.name().equals("MIGRATION")
                && switch (event.data().path("status").asText()) {
                    case "completed", "failed", "cancelled" -> true;
                    default -> false;
                };
    }

    private static void requireCompleted(QmpConnection qmp, QmpEvent end, Deadline deadline) {
        if (!end.data().path("status").asText().equals("completed")) {
            JsonNode status = deadline.get(qmp.send("query-migrate", Json.object()), "say why saving failed");
            throw new HypervisorException(
                    HypervisorError.FAILED,
                    "QEMU could not move the state: "
                            + status.path("error-desc").asText("no reason given"));
        }
    }

    private static void receive(
            ServerSocketChannel server, Path file, long limit, AtomicLong total, CompletableFuture<Void> received) {
        try (SocketChannel state = server.accept();
                FileChannel out = FileChannel.open(
                        file, NEW_FILE, PosixFilePermissions.asFileAttribute(FileTree.mode("rw-------")))) {
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
            while (state.read(chunk) >= 0) {
                if (total.addAndGet(chunk.flip().remaining()) > limit) {
                    throw new IOException("The state of the machine is longer than it can be");
                }
                while (chunk.hasRemaining()) {
                    out.write(chunk);
                }
                chunk.clear();
            }
            received.complete(null);
        } catch (IOException e) {
            received.completeExceptionally(Failures.of("Could not save the state of a machine", e));
        }
    }
}
