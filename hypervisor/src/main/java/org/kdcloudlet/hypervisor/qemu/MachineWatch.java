package org.kdcloudlet.hypervisor.qemu;

import java.util.Optional;
import java.util.UUID;
import org.kdcloudlet.hypervisor.qemu.protocol.QmpEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What QEMU's events told about a machine so far: whether its CPUs run, and why it is about to end. */
final class MachineWatch {
    private static final Logger LOG = LoggerFactory.getLogger(MachineWatch.class);

    private final UUID id;
    private volatile boolean cpusRun;
    private volatile boolean stays;
    private volatile boolean poweredOff;
    private volatile Optional<String> shutdown = Optional.empty();

    /** Of a machine that stands still. */
    MachineWatch(UUID id) {
        this.id = id;
    }

    void accept(QmpEvent event) {
        switch (event.name()) {
            case "STOP" -> cpusRun = false;
            case "RESUME" -> {
                cpusRun = true;
                poweredOff = false;
            }
            case "SHUTDOWN" -> {
                if (stays) {
                    poweredOff = true;
                } else {
                    shutdown = Optional.of(event.data().path("reason").asText("unknown"));
                }
            }
            case "BLOCK_IO_ERROR" ->
                LOG.warn(
                        "Machine {}: disk {} failed: {}; if the disk is full, the guest stands still until it is resumed",
                        id,
                        event.data().path("operation").asText(),
                        event.data().path("reason").asText());
            default -> LOG.trace("Machine {}: {}", id, event.name());
        }
    }

    /** From now on QEMU is known to stay when the guest switches itself off. */
    void stays() {
        stays = true;
    }

    /** Whether the guest switched itself off and QEMU stayed. */
    boolean poweredOff() {
        return poweredOff;
    }

    void poweredOff(boolean known) {
        poweredOff = known;
    }

    boolean cpusRun() {
        return cpusRun;
    }

    void cpusRun(boolean known) {
        cpusRun = known;
    }

    /** Why the guest or somebody else ended it; empty if nobody asked QEMU to end. */
    Optional<String> shutdown() {
        return shutdown;
    }

    /** Whether the guest switched itself off. */
    boolean guestSwitchedOff() {
        return shutdown.filter("guest-shutdown"::equals).isPresent();
    }
}
