package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineState;
import org.kdcloudlet.hypervisor.StopPolicy;

class BootMachineTest {
    @TempDir
    private Path temp;

    @Test
    void bootsServesAndIsSwitchedOffByItsAgent() throws Exception {
        try (QemuLab lab = new QemuLab(temp)) {
            Machine machine = lab.boot(QemuLab.request());
            machine.awaitReady(QemuLab.READY);
            assertThat(lab.inspect(machine).path("size").asInt()).isEqualTo(6);
            assertThat(machine.state()).isEqualTo(MachineState.RUNNING);

            machine.stop(new StopPolicy(Duration.ofMinutes(2), Duration.ZERO));

            assertThat(machine.exit().toCompletableFuture().get().expected()).isTrue();
            assertThat(machine.state()).isEqualTo(MachineState.ENDED);
            assertThat(Files.list(lab.folder().resolve("vm"))).isEmpty();
        }
    }
}
