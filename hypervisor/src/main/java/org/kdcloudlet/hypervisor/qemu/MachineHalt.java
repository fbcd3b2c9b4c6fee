package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;
import org.kdcloudlet.hypervisor.qemu.protocol.QmpConnection;

/**
 * A moment in which a machine stands still for the server's work and not because somebody wants it to. It is noted in the machine's
 * folder, so that the next server lets the machine go on if this one ends before.
 */
final class MachineHalt {
    private static final Duration COMMAND_DEADLINE = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(20);

    private static final String RUNS = "runs";
    private static final String PAUSED = "paused";

    private MachineHalt() {}

    /**
     * Halts a machine.
     *
     * @param undo gets what has it be as it was
     * @return whether it ran
     */
    static boolean halt(QemuMachine machine, Reverter undo) {
        RunningQemu qemu = machine.qemu();
        boolean ran = qemu.watch().cpusRun();
        begin(qemu.folder(), ran);
        undo.add("let machine " + machine.id() + " go on", () -> {
            if (!qemu.qmp().closed().isDone()) {
                goOn(qemu.qmp(), qemu.folder());
                if (ran) {
                    machine.correctTime();
                }
            }
        });
        qemu.qmp().execute("stop", COMMAND_DEADLINE);
        return ran;
    }

    /**
     * Notes that the machine is about to stand still, or does.
     *
     * @param runsAfter whether it is to run afterwards, or to be paused as it was before
     */
    static void begin(MachineFolder folder, boolean runsAfter) {
        try {
            FileTree.replace(mark(folder), (runsAfter ? RUNS : PAUSED).getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw Failures.of("Could not note down that a machine stands still", e);
        }
    }

    static void end(MachineFolder folder) {
        try {
            Files.deleteIfExists(mark(folder));
        } catch (IOException e) {
            throw Failures.of("Could not note down that a machine goes on", e);
        }
    }

    /** Lets the machine be as it was. QEMU saves the state of a paused machine once, and again only if it ran in between. */
    static void goOn(QmpConnection qmp, MachineFolder folder) {
        qmp.execute("cont", COMMAND_DEADLINE);
        try {
            if (Files.readString(mark(folder), StandardCharsets.US_ASCII).equals(PAUSED)) {
                qmp.execute("stop", COMMAND_DEADLINE);
            }
        } catch (IOException e) {
            throw Failures.of("Could not read why a machine stands still", e);
        }
        end(folder);
    }

    /** Has a machine that an earlier server left standing still be as it was; returns whether there was anything to do. */
    static boolean endLeftover(RunningQemu qemu) {
        if (!Files.exists(mark(qemu.folder()))) {
            return false;
        }
        awaitNoMigration(qemu.qmp());
        goOn(qemu.qmp(), qemu.folder());
        return true;
    }

    /** Ends what is left of saving a state; a machine cannot go on in the middle of it. */
    static void awaitNoMigration(QmpConnection qmp) {
        qmp.execute("migrate_cancel", COMMAND_DEADLINE);
        Deadline deadline = Deadline.in(COMMAND_DEADLINE);
        boolean over = deadline.await(POLL, () -> switch (qmp.execute("query-migrate", COMMAND_DEADLINE)
                .path("status")
                .asText("none")) {
            case "none", "completed", "failed", "cancelled" -> true;
            default -> false;
        });
        if (!over) {
            throw new HypervisorException(HypervisorError.TIMEOUT, "QEMU does not end the saving of a state");
        }
    }

    private static Path mark(MachineFolder folder) {
        return folder.path().resolve("halted");
    }
}
