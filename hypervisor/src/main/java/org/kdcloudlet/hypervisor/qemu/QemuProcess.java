package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;

/** A QEMU process, started by us or by an earlier server. Which machine it runs shows from its working directory, which nobody can forge. */
final class QemuProcess {
    private static final int SIGNAL_BASE = 128;

    private final ProcessHandle handle;
    private final Optional<Process> child;

    private QemuProcess(ProcessHandle handle, Optional<Process> child) {
        this.handle = handle;
        this.child = child;
    }

    static QemuProcess of(Process child) {
        return new QemuProcess(child.toHandle(), Optional.of(child));
    }

    /** All processes of this host by working directory, those that may not be looked at left out. */
    static Map<Path, QemuProcess> byWorkingDirectory() {
        Map<Path, QemuProcess> found = new HashMap<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                workingDirectory(process).ifPresent(folder -> ProcessHandle.of(
                                Long.parseLong(process.getFileName().toString()))
                        .ifPresent(handle -> found.put(folder, new QemuProcess(handle, Optional.empty()))));
            }
            return found;
        } catch (IOException e) {
            throw Failures.of("Could not list the processes of this host", e);
        }
    }

    private static Optional<Path> workingDirectory(Path process) {
        try {
            return Optional.of(Files.readSymbolicLink(process.resolve("cwd")));
        } catch (IOException e) {
            return Optional.empty(); // it ended meanwhile, or is another user's
        }
    }

    long pid() {
        return handle.pid();
    }

    boolean alive() {
        return handle.isAlive();
    }

    /** CPU time used since its start; zero when it ended. */
    Duration cpuTime() {
        return handle.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Ends it without asking. */
    void kill() {
        handle.destroyForcibly();
    }

    /**
     * Waits for its end.
     *
     * @return whether it ended before the deadline
     */
    boolean awaitEnd(Duration deadline) {
        try {
            handle.onExit().get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return !handle.isAlive();
        } catch (ExecutionException e) {
            throw new HypervisorException(HypervisorError.FAILED, "Could not wait for QEMU's end", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return !handle.isAlive();
        }
    }

    /** How it ended, e.g. {@code QEMU was killed by signal 9}. */
    String ending() {
        if (child.isEmpty() || child.get().isAlive()) {
            return "QEMU ended";
        }
        int status = child.get().exitValue();
        return status > SIGNAL_BASE
                ? "QEMU was killed by signal " + (status - SIGNAL_BASE)
                : "QEMU ended with status " + status;
    }
}
