package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kdcloudlet.hypervisor.Adoption;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.SuspendedMachine;

@ExtendWith(SharedLab.class)
class SuspendMachineTest {
    private final QemuLab lab;

    SuspendMachineTest(QemuLab lab) {
        this.lab = lab;
    }

    @Test
    void aCloneGoesOnWithItsMemoryAfterARestartOfTheServer() throws Exception {
        Machine clone = lab.readyClone();
        int served = lab.inspect(clone).path("served").asInt();

        SuspendedMachine asleep = clone.suspend();

        MachineExit exit = clone.exit().toCompletableFuture().get();
        assertThat(exit.expected()).isTrue();
        assertThat(exit.reason()).isEqualTo("Suspended");
        assertThat(asleep.request()).isEqualTo(clone.request());
        assertThat(asleep.diskBytes()).isGreaterThan(10L << 20);
        assertThat(Files.getPosixFilePermissions(lab.machineFolder(clone.id()).savedState()))
                .isEqualTo(FileTree.mode("rw-------"));
        lab.letGo();
        Adoption adoption = lab.reopen();
        assertThat(adoption.running()).isEmpty();
        assertThat(adoption.lost()).isEmpty();
        assertThat(lab.hypervisor().suspended()).containsExactly(asleep);

        Machine awake = lab.remember(lab.hypervisor().wake(clone.id(), QemuLab.ports(30_000, 30_099)));
        awake.awaitReady(QemuLab.READY);
        assertThat(awake.forwards()).allMatch(forward -> forward.hostPort() >= 30_000 && forward.hostPort() < 30_100);
        JsonNode guest = lab.inspectWithTime(awake);
        assertThat(guest.path("served").asInt()).isGreaterThan(served);
        assertThat(guest.path("host").asText()).isEqualTo(clone.request().hostName());
        assertThat(lab.hypervisor().suspended()).isEmpty();

        awake.suspend();
        lab.hypervisor().discardSuspended(clone.id());
        assertThat(lab.hypervisor().suspended()).isEmpty();
        assertThat(lab.machineFolder(clone.id()).path()).doesNotExist();
        lab.hypervisor().discardSuspended(clone.id());
    }

    @Test
    void onlyWhatSleepsCanBeWoken() {
        Machine clone = lab.readyClone();
        for (UUID id : new UUID[] {clone.id(), UUID.randomUUID()}) {
            HypervisorException refused = catchThrowableOfType(
                    HypervisorException.class, () -> lab.hypervisor().wake(id, QemuLab.ports(30_000, 30_099)));
            assertThat(refused.error()).isEqualTo(HypervisorError.WRONG_STATE);
        }
        lab.hypervisor().discardSuspended(clone.id());
        assertThat(lab.inspect(clone).path("size").asInt()).isEqualTo(6);
        clone.stop(StopPolicy.KILL);
    }
}
