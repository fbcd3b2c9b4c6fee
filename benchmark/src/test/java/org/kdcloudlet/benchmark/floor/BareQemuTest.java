package org.kdcloudlet.benchmark.floor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BareQemuTest {
    @TempDir
    private Path folder;

    @AfterEach
    void leaveNothing() {
        machines().forEach(ProcessHandle::destroyForcibly);
    }

    /** What asks the service fails, as a client does that gives up; the machine under it runs, and has nothing to boot. */
    @Test
    void aMachineWhoseFirstAnswerFailsDoesNotOutliveIt() throws Exception {
        Path disk = folder.resolve("disk.qcow2");
        Process made = new ProcessBuilder("qemu-img", "create", "-q", "-f", "qcow2", disk.toString(), "1M")
                .inheritIO()
                .start();
        assertThat(made.waitFor()).isZero();
        AtomicInteger running = new AtomicInteger();
        IntPredicate gaveUp = port -> {
            running.set(machines().size());
            throw new IllegalStateException("gave up");
        };

        try (BareQemu bare = new BareQemu(disk, folder.resolve("bare"), new BareQemu.Guest(32, 80, gaveUp))) {
            assertThatThrownBy(bare::startCold).hasMessage("gave up");

            assertThat(running).hasValue(1);
            assertThat(machines()).isEmpty();
        }
    }

    private List<ProcessHandle> machines() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains("file=" + folder.resolve("bare")))
                .toList();
    }
}
