package org.kdcloudlet.hypervisor.qemu.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives each QEMU a control group of its own, as a transient scope of systemd: ending or restarting the server's unit then does not
 * end the machines, and each machine is bounded in memory, processors and tasks. Systemd is asked over D-Bus by its own tool {@code
 * busctl} (org.freedesktop.systemd1(5), StartTransientUnit). A scope ends by itself with the last process in it. Where systemd does
 * not run, or the server may not ask it, machines run without, and {@link #isolation()} says so.
 */
public final class SystemdScopes {
    /** The slice that has all scopes. */
    static final String SLICE = "kdcloudlet.slice";

    private static final Logger LOG = LoggerFactory.getLogger(SystemdScopes.class);
    /** Exists while systemd is the system's manager: sd_booted(3). */
    private static final Path BOOTED = Path.of("/run/systemd/system");

    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int TASKS = 512;
    /** What QEMU takes beside the guest's memory at most: the translator's buffer of 1 GiB (QEMU, accel/tcg), and itself. */
    private static final long MEMORY_BESIDE_GUEST = 1536L << 20;

    private static final long MICROS_PER_SECOND = 1_000_000;

    private final List<String> busctl;
    private final String isolation;

    private SystemdScopes(List<String> busctl, String isolation) {
        this.busctl = List.copyOf(busctl);
        this.isolation = isolation;
    }

    /**
     * Finds out whether there can be scopes here.
     *
     * @param root whether the server is root: nobody else may make scopes for processes of other users
     */
    public static SystemdScopes find(ProgramSearch search, boolean root) {
        Optional<Path> tool = search.find("busctl");
        if (!Files.isDirectory(BOOTED) || tool.isEmpty()) {
            return none("systemd does not run here");
        }
        return root
                ? of(List.of(tool.get().toString(), "--system"))
                : none("the server is not root and cannot ask systemd for them");
    }

    /** None, for a reason that completes the sentence "No control groups, because ...". */
    public static SystemdScopes none(String reason) {
        return new SystemdScopes(
                List.of(),
                "No control groups, because " + reason
                        + ": memory and CPU of a machine are bounded by its size alone.");
    }

    /**
     * Scopes of the systemd that is reached so.
     *
     * @param busctl the tool and the options that lead it to systemd
     */
    public static SystemdScopes of(List<String> busctl) {
        return new SystemdScopes(
                busctl,
                "Each machine runs in a scope of systemd of its own below " + SLICE
                        + ", bounded in memory, processors and tasks, and outlives the server's unit.");
    }

    /** One sentence for the operator. */
    public String isolation() {
        return isolation;
    }

    /**
     * Moves a QEMU into a scope of its own unless it is in it already. What keeps it from that is logged; the machine runs on where
     * it is.
     *
     * @param machine what the scope is called after, e.g. {@code 0123456789ab}
     */
    public void enter(String machine, long process, MachineSpec spec) {
        String scope = "kdcloudlet-" + machine + ".scope";
        if (busctl.isEmpty() || isIn(scope, process)) {
            return;
        }
        Optional<String> problem = problem(command(scope, process, spec));
        if (problem.isPresent() && ProcessHandle.of(process).isPresent()) {
            LOG.warn("Machine {}: no scope of its own: {}", machine, problem.get());
        }
    }

    private static Optional<String> problem(List<String> command) {
        try {
            ToolRun.Result result = ToolRun.run(command, DEADLINE);
            return result.succeeded() ? Optional.empty() : Optional.of(result.complaint());
        } catch (HypervisorException e) {
            return Optional.of(e.getMessage());
        }
    }

    private static boolean isIn(String scope, long process) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process), "cgroup"))
                    .contains("/" + scope);
        } catch (IOException ended) {
            return false;
        }
    }

    private List<String> command(String scope, long process, MachineSpec spec) {
        List<String> command = new ArrayList<>(busctl);
        command.addAll(List.of("call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1"));
        command.addAll(List.of("org.freedesktop.systemd1.Manager", "StartTransientUnit", "ssa(sv)a(sa(sv))"));
        command.addAll(List.of(scope, "fail", "7"));
        command.addAll(List.of("PIDs", "au", "1", Long.toString(process)));
        command.addAll(List.of("Description", "s", "Service VM " + scope));
        command.addAll(List.of("Slice", "s", SLICE));
        command.addAll(List.of("CollectMode", "s", "inactive-or-failed"));
        long memory = ((long) spec.memoryMib() << 20) + MEMORY_BESIDE_GUEST;
        command.addAll(List.of("MemoryMax", "t", Long.toString(memory)));
        command.addAll(List.of("TasksMax", "t", Integer.toString(TASKS)));
        // one processor more than the guest has, for QEMU's own work
        long quota = (spec.cpus() + 1L) * MICROS_PER_SECOND;
        command.addAll(List.of("CPUQuotaPerSecUSec", "t", Long.toString(quota)));
        command.add("0");
        return command;
    }
}
