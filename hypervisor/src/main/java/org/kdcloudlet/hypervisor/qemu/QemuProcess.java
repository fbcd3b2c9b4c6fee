package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;
import org.kdcloudlet.hypervisor.qemu.protocol.UnixSockets;

/** A QEMU process, started by us or by an earlier server. */
final class QemuProcess {
    private static final int SIGNAL_BASE = 128;
    private static final String REMOVED = " (deleted)";

    private final ProcessHandle handle;
    private final Optional<Process> child;

    private QemuProcess(ProcessHandle handle, Optional<Process> child) {
        this.handle = handle;
        this.child = child;
    }

    static QemuProcess of(Process child) {
        return new QemuProcess(child.toHandle(), Optional.of(child));
    }

    /**
     * The QEMUs in the folders of machines by folder, those included that are about to become one. A QEMU is known by its working
     * directory, its program and the id that it was given: an operator's shell in a machine's folder is none.
     *
     * @param machines the folder that has the machines' folders
     * @param programs file names of QEMU and of what starts it
     */
    static Map<Path, List<QemuProcess>> below(Path machines, Set<String> programs) {
        Map<Path, List<QemuProcess>> found = new HashMap<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                long pid = Long.parseLong(process.getFileName().toString());
                // the handle first: it knows the process from a later one of the same number
                ProcessHandle.of(pid).ifPresent(handle -> machineOf(process, machines, programs)
                        .ifPresent(folder -> found.computeIfAbsent(folder, key -> new ArrayList<>())
                                .add(new QemuProcess(handle, Optional.empty()))));
            }
            return found;
        } catch (IOException e) {
            throw Failures.of("Could not list the processes of this host", e);
        }
    }

    private static Optional<Path> machineOf(Path process, Path machines, Set<String> programs) {
        try {
            Path workingDirectory = Files.readSymbolicLink(process.resolve("cwd"));
            if (!workingDirectory.startsWith(machines)
                    || workingDirectory.getNameCount() <= machines.getNameCount()
                    || !programs.contains(program(process))) {
                return Optional.empty();
            }
            Path folder = machines.resolve(workingDirectory.getName(machines.getNameCount()));
            return Optional.of(folder)
                    .filter(machine -> wasGivenId(process, machine.getFileName().toString()));
        } catch (IOException e) {
            return Optional.empty(); // it ended meanwhile, or is another user's
        }
    }

    /** File name of a process's program, which an upgrade may have removed meanwhile. */
    private static String program(Path process) throws IOException {
        String name =
                Files.readSymbolicLink(process.resolve("exe")).getFileName().toString();
        return name.endsWith(REMOVED) ? name.substring(0, name.length() - REMOVED.length()) : name;
    }

    private static boolean wasGivenId(Path process, String folderName) {
        try {
            String line = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
            List<String> arguments = List.of(line.split("\0"));
            int option = arguments.indexOf("-uuid");
            return option >= 0
                    && option + 1 < arguments.size()
                    && arguments.get(option + 1).replace("-", "").startsWith(folderName);
        } catch (IOException e) {
            return false; // it ended meanwhile
        }
    }

    /** The user it runs as; empty when it ended. */
    OptionalInt uid() {
        try (Stream<String> status = Files.lines(Path.of("/proc", Long.toString(pid()), "status"))) {
            return status.filter(line -> line.startsWith("Uid:"))
                    .mapToInt(line -> Integer.parseInt(line.split("\\s+")[1]))
                    .findFirst();
        } catch (IOException | UncheckedIOException e) {
            return OptionalInt.empty();
        }
    }

    /** It, as the one that has to listen on its sockets. */
    UnixSockets.Listener listener() {
        return new UnixSockets.Listener(this::alive, this::uid);
    }

    /** Completed when it ends; {@link #ending()} of a child is known then, which its handle alone does not wait for. */
    CompletableFuture<?> end() {
        return child.isPresent() ? child.get().onExit() : handle.onExit();
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
            end().get(deadline.toMillis(), TimeUnit.MILLISECONDS);
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
