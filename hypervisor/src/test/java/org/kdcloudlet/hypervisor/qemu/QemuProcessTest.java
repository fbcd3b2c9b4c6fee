package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class QemuProcessTest {
    /** Java tells the handle of a process of its end a moment before the process itself has its exit status. */
    private static final int OFTEN_ENOUGH_FOR_THE_MOMENT = 100;

    @Test
    void howItEndedIsKnownOnceItsEndIs() throws IOException {
        for (int i = 0; i < OFTEN_ENOUGH_FOR_THE_MOMENT; i++) {
            QemuProcess process = QemuProcess.of(new ProcessBuilder("/bin/false").start());
            assertThat(process.awaitEnd(Duration.ofMinutes(1))).isTrue();
            assertThat(process.ending()).isEqualTo("QEMU ended with status 1");
        }
    }
}
