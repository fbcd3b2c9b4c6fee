package org.kdcloudlet.hypervisor.qemu.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

class ToolRunTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @Test
    void keepsBothOutputsAndTheStatusApart() {
        ToolRun.Result result =
                ToolRun.run(List.of("sh", "-c", "echo out; echo first >&2; echo last >&2; exit 3"), LONG);

        assertThat(result).isEqualTo(new ToolRun.Result(3, "out\n", "first\nlast\n"));
        assertThat(result.complaint()).isEqualTo("last");
    }

    @Test
    void killsWhatPassesItsDeadline() {
        assertThatThrownBy(() -> ToolRun.run(List.of("sleep", "61"), Duration.ofMillis(150)))
                .isInstanceOfSatisfying(HypervisorException.class, failure -> assertThat(failure.error())
                        .isEqualTo(HypervisorError.TIMEOUT));
        assertThat(sleeping("61")).isZero();
    }

    @Test
    void killsWhatIsCancelled() {
        Runnable cancel = () -> {
            throw new CancellationException();
        };
        assertThatThrownBy(() -> ToolRun.run(List.of("sleep", "62"), LONG, cancel))
                .isInstanceOf(CancellationException.class);
        assertThat(sleeping("62")).isZero();
    }

    @Test
    void boundsWhatItKeepsAndNeverBlocksTheProgram() {
        ToolRun.Result result = ToolRun.run(List.of("head", "-c", "1000000", "/dev/zero"), LONG);

        assertThat(result.status()).isZero();
        assertThat(result.output()).hasSize(64 * 1024);
    }

    @Test
    void saysWhatCannotBeStarted() {
        assertThatThrownBy(() -> ToolRun.run(List.of("/no/such/program"), LONG))
                .isInstanceOf(HypervisorException.class)
                .hasMessageContaining("Cannot start /no/such/program");
    }

    /** Children of ours that sleep this long and were not collected yet are waited for, so that a late kill does not count. */
    private static long sleeping(String seconds) {
        return ProcessHandle.current()
                .children()
                .filter(child -> child.info().commandLine().orElse("").endsWith("sleep " + seconds))
                .peek(child -> child.onExit()
                        .orTimeout(10, java.util.concurrent.TimeUnit.SECONDS)
                        .join())
                .filter(ProcessHandle::isAlive)
                .count();
    }
}
