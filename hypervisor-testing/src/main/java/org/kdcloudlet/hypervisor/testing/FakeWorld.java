package org.kdcloudlet.hypervisor.testing;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.SuspendedMachine;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.hypervisor.TemplateKey;

/**
 * A host whose machines outlive the {@link FakeHypervisor}s on it, as real ones outlive the server's process. It also holds
 * the switches by which a test makes calls fail or wait. Nothing in it depends on time or chance.
 */
public final class FakeWorld {
    /** Of a test that never opens a gate; more than tests themselves wait for what happens while one is closed. */
    private static final long PATIENCE_SECONDS = 180;

    final Map<UUID, FakeProcess> processes = new LinkedHashMap<>();
    final Map<UUID, FakeProcess> lost = new LinkedHashMap<>();
    final Map<UUID, SuspendedMachine> suspended = new LinkedHashMap<>();
    final Map<UUID, String> suspendedContents = new LinkedHashMap<>();
    final Map<UUID, Map<String, FakeSnapshot>> snapshots = new LinkedHashMap<>();
    final Map<TemplateKey, Template> templates = new LinkedHashMap<>();
    final Set<Integer> ports = new TreeSet<>();
    private final Map<FakeCall, Deque<HypervisorError>> failures = new EnumMap<>(FakeCall.class);
    private final Map<FakeCall, CountDownLatch> gates = new EnumMap<>(FakeCall.class);
    private final Map<FakeCall, Integer> calls = new EnumMap<>(FakeCall.class);
    private String version = "1.0";
    private boolean ready = true;
    private boolean obedient = true;

    /** A hypervisor on this host, as a new process would have it. */
    public FakeHypervisor hypervisor() {
        return new FakeHypervisor(this);
    }

    /** Makes the next call fail; calls of this add up. */
    public synchronized void failNext(FakeCall call, HypervisorError error) {
        failures.computeIfAbsent(call, unused -> new ArrayDeque<>()).add(error);
    }

    /** Makes calls wait until the latch is counted down. */
    public synchronized CountDownLatch hold(FakeCall call) {
        CountDownLatch gate = new CountDownLatch(1);
        gates.put(call, gate);
        return gate;
    }

    /** Sets whether the services in guests answer. */
    public synchronized void servicesAnswer(boolean answer) {
        ready = answer;
    }

    synchronized boolean servicesAnswer() {
        return ready;
    }

    /** Installs another version of the hypervisor's program: all template keys change. */
    public synchronized void upgrade(String newVersion) {
        version = newVersion;
    }

    synchronized String version() {
        return version;
    }

    /** How often a call was made. */
    public synchronized int calls(FakeCall call) {
        return calls.getOrDefault(call, 0);
    }

    /** Ids of the machines that run or are paused. */
    public synchronized List<UUID> running() {
        return List.copyOf(processes.keySet());
    }

    /** Keys of the templates. */
    public synchronized Set<TemplateKey> templateKeys() {
        return Set.copyOf(templates.keySet());
    }

    /** Loses all templates, as if somebody had removed their files. */
    public synchronized void loseTemplates() {
        templates.clear();
    }

    /** Host ports in use. */
    public synchronized Set<Integer> portsInUse() {
        return Set.copyOf(ports);
    }

    /** Ids of the machines that sleep on disk. */
    public synchronized List<UUID> sleeping() {
        return List.copyOf(suspended.keySet());
    }

    /** Ends a machine by itself. */
    public void die(UUID machine, String reason) {
        process(machine).end(new MachineExit(false, reason, "last words of " + machine));
    }

    /** Has a guest shut itself down. */
    public void shutDown(UUID machine) {
        process(machine).switchOff();
    }

    /** Sets whether guests shut themselves down when they are asked to. */
    public synchronized void guestsShutDown(boolean obey) {
        obedient = obey;
    }

    synchronized boolean guestsShutDown() {
        return obedient;
    }

    /** What is in a machine's CD-ROM drive. */
    public Optional<Path> cdrom(UUID machine) {
        return process(machine).cdrom();
    }

    /** The request that a machine was made with. */
    public MachineRequest request(UUID machine) {
        return process(machine).request;
    }

    /** Ends a machine while no hypervisor watches; the next one reports it as lost. */
    public synchronized void dieUnwatched(UUID machine) {
        FakeProcess process = process(machine);
        process.detach();
        process.end(new MachineExit(false, "It ended while nobody watched", "last words of " + machine));
        lost.put(machine, process);
    }

    /** Changes what a machine that runs has in memory and on its disk. */
    public void content(UUID machine, String content) {
        process(machine).content = content;
    }

    /** What a machine that runs has in memory and on its disk; empty at first. */
    public String content(UUID machine) {
        return process(machine).content;
    }

    /** Names of the snapshots of all machines. */
    public synchronized List<String> snapshotNames() {
        return snapshots.values().stream()
                .flatMap(named -> named.keySet().stream())
                .toList();
    }

    /** Sets how many connections a machine has. */
    public void connections(UUID machine, int connections) {
        process(machine).connections = connections;
    }

    /** The connections to a machine's screen, those that are closed too, in the order in which they were opened. */
    public List<FakeScreen> screens(UUID machine) {
        return process(machine).screens();
    }

    /** The same of its serial port. */
    public List<FakeScreen> serialConsoles(UUID machine) {
        return process(machine).serialConsoles();
    }

    /** Sets how much disk a machine uses, in bytes. */
    public void diskBytes(UUID machine, long bytes) {
        process(machine).diskBytes = bytes;
    }

    private synchronized FakeProcess process(UUID machine) {
        return Optional.ofNullable(processes.get(machine))
                .orElseThrow(() -> new IllegalArgumentException("No machine " + machine + " runs"));
    }

    /** Counts a call, waits at its gate and fails it if it is to fail. */
    void enter(FakeCall call) {
        CountDownLatch gate;
        HypervisorError failure;
        synchronized (this) {
            calls.merge(call, 1, Integer::sum);
            gate = gates.get(call);
            Deque<HypervisorError> waiting = failures.get(call);
            failure = waiting == null ? null : waiting.poll();
        }
        if (gate != null) {
            await(gate, call);
        }
        if (failure != null) {
            throw new HypervisorException(failure, "The test made " + call + " fail with " + failure);
        }
    }

    private static void await(CountDownLatch gate, FakeCall call) {
        try {
            if (!gate.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("The test never opened the gate of " + call);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HypervisorException(HypervisorError.FAILED, "Interrupted while waiting in " + call, e);
        }
    }

    synchronized <T> T locked(Supplier<T> action) {
        return action.get();
    }
}
