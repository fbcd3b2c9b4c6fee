package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done when a machine's QEMU ends: what it had is given back, its folder removed, and {@link #exit()} completed, in this
 * order.
 */
final class MachineEnd {
    private static final Logger LOG = LoggerFactory.getLogger(MachineEnd.class);
    private static final Duration END_DEADLINE = Duration.ofSeconds(5);

    private final QemuContext context;
    private final RunningQemu qemu;
    private final MachineRecord record;
    private final List<PortForward> forwards;
    private final CompletableFuture<MachineExit> exit = new CompletableFuture<>();
    private volatile Optional<Planned> planned = Optional.empty();

    /**
     * Why a machine is about to end.
     *
     * @param reason as in {@link MachineExit#reason()}
     * @param keepsFolder whether somebody still needs its folder
     */
    record Planned(String reason, boolean keepsFolder) {}

    MachineEnd(QemuContext context, RunningQemu qemu, MachineRecord record, List<PortForward> forwards) {
        this.context = context;
        this.qemu = qemu;
        this.record = record;
        this.forwards = forwards;
    }

    CompletableFuture<MachineExit> exit() {
        return exit;
    }

    /** Announces that the machine is about to end, which then is not a failure. */
    void plan(Planned end) {
        planned = Optional.of(end);
    }

    /** Completes {@link #exit()} whatever happens. What QEMU has is given back when its process is gone, and not before. */
    void ended(Runnable forget) {
        MachineExit end;
        try {
            endProcess();
            Deadline.in(END_DEADLINE).await(qemu.serialPort().drained());
            qemu.disconnect();
            end = describe();
        } catch (RuntimeException e) {
            LOG.error("Machine {}: its end was not like that of others", id(), e);
            end = new MachineExit(planned.isPresent(), "QEMU ended, and then: " + e.getMessage(), "");
        }
        if (qemu.process().alive()) {
            LOG.error(
                    "Machine {}: process {} cannot be ended",
                    id(),
                    qemu.process().pid());
            qemu.process().end().thenRunAsync(this::giveBack, context.executor());
        } else {
            giveBack();
        }
        forget.run();
        LOG.info("Machine {} ended{}: {}", id(), end.expected() ? "" : " unexpectedly", end.reason());
        exit.complete(end);
    }

    private UUID id() {
        return record.request().id();
    }

    private void endProcess() {
        if (!qemu.process().awaitEnd(END_DEADLINE)) {
            qemu.process().kill();
            qemu.process().awaitEnd(END_DEADLINE);
        }
    }

    /** Its user stays taken if its folder cannot be removed: what is in there must not become another machine's. */
    private void giveBack() {
        context.ports().release(forwards);
        try {
            if (planned.filter(Planned::keepsFolder).isEmpty()) {
                qemu.folder().remove();
            }
            context.accounts().release(record.user());
        } catch (IOException | RuntimeException e) {
            LOG.error("Machine {}: its folder could not be removed: {}", id(), e.getMessage());
        }
    }

    private MachineExit describe() {
        String log = qemu.folder().logTail();
        if (planned.isPresent()) {
            return new MachineExit(true, planned.get().reason(), log);
        }
        if (qemu.watch().guestSwitchedOff()) {
            return new MachineExit(true, "The guest switched itself off", log);
        }
        String reason = qemu.watch().shutdown().map(why -> " (" + why + ")").orElse("");
        return new MachineExit(false, qemu.process().ending() + reason, log);
    }
}
