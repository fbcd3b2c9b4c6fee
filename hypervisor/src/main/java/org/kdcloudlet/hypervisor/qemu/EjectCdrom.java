package org.kdcloudlet.hypervisor.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;
import org.kdcloudlet.hypervisor.qemu.protocol.Json;
import org.kdcloudlet.hypervisor.qemu.protocol.QmpConnection;

/** Takes the CD-ROM out of a machine's drive, whether the guest has locked that or not, and gives back the space that it took. */
final class EjectCdrom {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final QemuMachine machine;

    EjectCdrom(QemuMachine machine) {
        this.machine = machine;
    }

    void run() {
        if (!machine.record().disks().cdrom()) {
            throw new HypervisorException(
                    HypervisorError.WRONG_STATE, "Machine " + machine.id() + " has no CD-ROM drive");
        }
        QmpConnection qmp = machine.qemu().qmp();
        if (!present(qmp)) {
            return;
        }
        qmp.execute("eject", Json.object().put("id", MachineFolder.CDROM).put("force", true), DEADLINE);
        if (present(qmp)) {
            qmp.execute("blockdev-del", Json.object().put("node-name", MachineFolder.CDROM), DEADLINE);
        }
        try {
            Files.deleteIfExists(machine.qemu().folder().cdrom());
        } catch (IOException e) {
            throw Failures.of("Could not remove the CD-ROM of machine " + machine.id(), e);
        }
    }

    private static boolean present(QmpConnection qmp) {
        for (JsonNode node :
                qmp.execute("query-named-block-nodes", Json.object().put("flat", true), DEADLINE)) {
            if (node.path("node-name").asText().equals(MachineFolder.CDROM)) {
                return true;
            }
        }
        return false;
    }
}
