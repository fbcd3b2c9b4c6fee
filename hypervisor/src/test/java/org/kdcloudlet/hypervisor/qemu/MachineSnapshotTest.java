package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineSnapshot;
import org.kdcloudlet.hypervisor.MachineState;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.qemu.protocol.Json;

@ExtendWith(SharedLab.class)
class MachineSnapshotTest {
    private static final Duration AGENT = Duration.ofSeconds(30);
    private static final int ASKED_AFTER = 20;
    /** No other test's: while a machine is asleep, nobody takes the ports that it had. */
    private static final HostPorts OWN_PORTS = QemuLab.ports(30_100, 30_199);

    private final QemuLab lab;

    MachineSnapshotTest(QemuLab lab) {
        this.lab = lab;
    }

    @Test
    void aMachineIsBackAsItWasWithMemoryDiskPortsAndTheRightTime() throws Exception {
        Machine clone = lab.readyClone(QemuLab.request(QemuLab.SPEC, NetworkAccess.NONE, OWN_PORTS));
        write(clone, "/root/kept", "before");
        int served = lab.inspect(clone).path("served").asInt();
        List<Long> reports = new ArrayList<>();

        MachineSnapshot taken = clone.takeSnapshot("first", (done, total) -> {
            assertThat(done).isBetween(0L, total);
            reports.add(done);
        });

        assertThat(reports).isNotEmpty().isSorted();
        assertThat(taken.diskBytes()).isGreaterThan(10L << 20);
        assertThat(lab.hypervisor().snapshots(clone.id())).containsExactly(taken);
        assertThat(clone.state()).isEqualTo(MachineState.RUNNING);
        write(clone, "/root/kept", "after");
        for (int i = 0; i < ASKED_AFTER; i++) {
            lab.inspect(clone);
        }
        List<PortForward> ports = clone.forwards();
        clone.suspend();

        Machine restored = lab.remember(
                lab.hypervisor().restore(clone.id(), "first", clone.request().hostPorts()));

        restored.awaitReady(QemuLab.READY);
        assertThat(restored.id()).isEqualTo(clone.id());
        assertThat(restored.forwards()).isEqualTo(ports);
        assertThat(read(restored, "/root/kept")).isEqualTo("before");
        JsonNode guest = lab.inspectWithTime(restored);
        assertThat(guest.path("served").asInt())
                .as("some more by probes, but not those that were asked after the snapshot")
                .isLessThan(served + ASKED_AFTER);
        assertThat(guest.path("host").asText()).isEqualTo(clone.request().hostName());
        assertThat(lab.hypervisor().suspended()).isEmpty();
        assertThat(lab.hypervisor().snapshots(clone.id())).containsExactly(taken);
        restored.stop(StopPolicy.KILL);
        assertThat(lab.machineFolder(clone.id()).path()).doesNotExist();
        assertThat(lab.hypervisor().snapshots(clone.id())).isEmpty();
    }

    @Test
    void theDiskOfASnapshotIsThatOfItsMomentAlsoTwiceAndAfterARestartOfTheServer() throws Exception {
        Machine clone = lab.readyClone();
        write(clone, "/root/kept", "one");
        clone.takeSnapshot("one", Progress.NONE);
        write(clone, "/root/kept", "two");
        clone.takeSnapshot("two", Progress.NONE);
        write(clone, "/root/kept", "three");
        assertThat(catchThrowableOfType(HypervisorException.class, () -> clone.takeSnapshot("two", Progress.NONE))
                        .error())
                .isEqualTo(HypervisorError.WRONG_STATE);
        clone.suspend();
        lab.letGo();
        lab.reopen();
        assertThat(lab.hypervisor().snapshots(clone.id()))
                .extracting(MachineSnapshot::name)
                .containsExactly("one", "two");

        for (String name : List.of("two", "one", "two")) {
            Machine restored = lab.remember(
                    lab.hypervisor().restore(clone.id(), name, clone.request().hostPorts()));
            restored.awaitReady(QemuLab.READY);
            assertThat(read(restored, "/root/kept")).isEqualTo(name);
            write(restored, "/root/kept", "changed");
            restored.suspend();
        }
        lab.hypervisor().removeSnapshot(clone.id(), "one");
        assertThat(lab.hypervisor().snapshots(clone.id()))
                .extracting(MachineSnapshot::name)
                .containsExactly("two");
        lab.hypervisor().discardSuspended(clone.id());
    }

    @Test
    void aCancelledSnapshotLeavesTheMachineRunningAndNothingBehind() {
        Machine clone = lab.readyClone();
        long memory = (long) QemuLab.SPEC.memoryMib() << 20;
        for (long cancelAt : new long[] {0, memory}) {
            assertThatThrownBy(() -> clone.takeSnapshot("cancelled", (done, total) -> {
                        if (done >= cancelAt) {
                            throw new CancellationException("enough");
                        }
                    }))
                    .isInstanceOf(CancellationException.class);
            assertThat(clone.state()).isEqualTo(MachineState.RUNNING);
            assertThat(lab.inspect(clone).path("size").asInt()).isEqualTo(6);
            assertThat(lab.hypervisor().snapshots(clone.id())).isEmpty();
            assertThat(lab.machineFolder(clone.id()).path().resolve("snapshot/cancelled"))
                    .doesNotExist();
        }
        clone.takeSnapshot("after", Progress.NONE);
        assertThat(lab.inspect(clone).path("size").asInt()).isEqualTo(6);
        clone.stop(StopPolicy.KILL);
    }

    @Test
    void aPausedMachineStaysPausedAndItsSnapshotRuns() {
        Machine clone = lab.readyClone();
        clone.pause();
        clone.takeSnapshot("paused", Progress.NONE);
        clone.takeSnapshot("again", Progress.NONE);
        assertThat(clone.state()).isEqualTo(MachineState.PAUSED);
        clone.suspend();
        Machine restored = lab.remember(
                lab.hypervisor().restore(clone.id(), "paused", clone.request().hostPorts()));
        restored.awaitReady(QemuLab.READY);
        assertThat(restored.state()).isEqualTo(MachineState.RUNNING);
        restored.stop(StopPolicy.KILL);
    }

    @Test
    void aSnapshotThatCannotBeRestoredLeavesTheMachineAsleepAsItWas() throws Exception {
        Machine clone = lab.readyClone(QemuLab.request(QemuLab.SPEC, NetworkAccess.NONE, OWN_PORTS));
        write(clone, "/root/kept", "before");
        clone.takeSnapshot("broken", Progress.NONE);
        write(clone, "/root/kept", "after");
        clone.suspend();
        Path state = lab.machineFolder(clone.id()).snapshot("broken").state();
        Files.write(state, new byte[4096]);

        for (String name : List.of("broken", "unknown", "../broken")) {
            catchThrowableOfType(HypervisorException.class, () -> lab.hypervisor()
                    .restore(clone.id(), name, clone.request().hostPorts()));
            assertThat(lab.hypervisor().suspended())
                    .as(name)
                    .extracting(asleep -> asleep.request().id())
                    .containsExactly(clone.id());
        }

        Machine awake =
                lab.remember(lab.hypervisor().wake(clone.id(), clone.request().hostPorts()));
        awake.awaitReady(QemuLab.READY);
        assertThat(read(awake, "/root/kept")).isEqualTo("after");
        assertThat(awake.forwards()).isEqualTo(clone.forwards());
        awake.stop(StopPolicy.KILL);
    }

    @Test
    void aMachineWhoseServerEndedInTheMiddleOfASnapshotGoesOn() throws Exception {
        Machine clone = lab.readyClone();
        MachineFolder folder = lab.machineFolder(clone.id());
        MachineHalt.begin(folder, true);
        ((QemuMachine) clone).qemu().qmp().execute("stop", AGENT);
        folder.snapshot("unfinished").create();
        Files.writeString(folder.snapshot("unfinished").state(), "half of it");
        lab.letGo();

        Machine after = lab.reopen().running().get(0);

        assertThat(after.state()).isEqualTo(MachineState.RUNNING);
        assertThat(lab.inspect(after).path("size").asInt()).isEqualTo(6);
        assertThat(folder.path().resolve("snapshot/unfinished")).doesNotExist();
        assertThat(folder.path().resolve("halted")).doesNotExist();
        after.pause();
        lab.letGo();
        Machine paused = lab.reopen().running().get(0);
        assertThat(paused.state()).isEqualTo(MachineState.PAUSED);
        paused.stop(StopPolicy.KILL);
    }

    /** Killed as soon as a file of the state is there, which takes a while to fill; the moment does not matter. */
    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "suspend"})
    void aMachineWhoseServerIsKilledAtItStandsStillForNobody(String what) throws Exception {
        lab.template();
        lab.letGo();
        Process server = ServerToKill.start(lab.folder(), what);
        UUID id;
        try (BufferedReader output = server.inputReader(StandardCharsets.UTF_8)) {
            id = UUID.fromString(output.readLine());
            MachineFolder folder = lab.machineFolder(id);
            await().atMost(Duration.ofMinutes(1))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> Files.exists(folder.savedState())
                            || Files.exists(folder.snapshot("killed").state()));
        } finally {
            server.destroyForcibly().waitFor();
        }

        List<Machine> running = lab.reopen().running();

        if (running.isEmpty()) {
            assertThat(lab.hypervisor().suspended())
                    .extracting(asleep -> asleep.request().id())
                    .containsExactly(id);
            running = List.of(lab.remember(lab.hypervisor().wake(id, QemuLab.ports(20_000, 29_999))));
        }
        assertThat(running).extracting(Machine::state).containsExactly(MachineState.RUNNING);
        assertThat(lab.inspect(running.get(0)).path("size").asInt()).isEqualTo(6);
        assertThat(lab.machineFolder(id).savedState()).doesNotExist();
        running.get(0).stop(StopPolicy.KILL);
    }

    /** Whatever of the exchange was done before the server's end, the machine that sleeps has its own disk. */
    @Test
    void aServerThatEndsInTheMiddleOfARestoreLeavesTheMachineItsOwnDisk() throws Exception {
        Machine clone = lab.readyClone();
        write(clone, "/root/kept", "before");
        clone.takeSnapshot("first", Progress.NONE);
        write(clone, "/root/kept", "after");
        clone.suspend();
        MachineFolder folder = lab.machineFolder(clone.id());
        for (int step = 0; step < 3; step++) {
            Files.copy(folder.snapshot("first").disk(), folder.path().resolve("restored-disk.qcow2"));
            if (step > 0) {
                move(folder.run("disk.qcow2"), folder.path().resolve("before-disk.qcow2"));
            }
            if (step > 1) {
                move(folder.path().resolve("restored-disk.qcow2"), folder.run("disk.qcow2"));
            }
            lab.letGo();
            lab.reopen();
            assertThat(folder.path().resolve("restored-disk.qcow2")).doesNotExist();
            assertThat(folder.path().resolve("before-disk.qcow2")).doesNotExist();
            Machine awake = lab.remember(
                    lab.hypervisor().wake(clone.id(), clone.request().hostPorts()));
            awake.awaitReady(QemuLab.READY);
            assertThat(read(awake, "/root/kept")).as("step " + step).isEqualTo("after");
            awake.suspend();
        }
        lab.hypervisor().discardSuspended(clone.id());
    }

    private static void move(Path from, Path to) {
        try {
            Files.move(from, to);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode agent(Machine machine, String command, String arguments) throws IOException {
        return ((QemuMachine) machine)
                .qemu()
                .guest()
                .agent()
                .orElseThrow()
                .execute(command, Json.MAPPER.readValue(arguments, ObjectNode.class), AGENT);
    }

    private static void write(Machine machine, String file, String content) throws IOException {
        long handle = agent(machine, "guest-file-open", "{\"path\":\"" + file + "\",\"mode\":\"w\"}")
                .asLong();
        String base64 = Base64.getEncoder().encodeToString(content.getBytes(StandardCharsets.UTF_8));
        agent(machine, "guest-file-write", "{\"handle\":" + handle + ",\"buf-b64\":\"" + base64 + "\"}");
        agent(machine, "guest-file-flush", "{\"handle\":" + handle + "}");
        agent(machine, "guest-file-close", "{\"handle\":" + handle + "}");
    }

    private static String read(Machine machine, String file) throws IOException {
        long handle = agent(machine, "guest-file-open", "{\"path\":\"" + file + "\",\"mode\":\"r\"}")
                .asLong();
        String base64 = agent(machine, "guest-file-read", "{\"handle\":" + handle + "}")
                .path("buf-b64")
                .asText();
        agent(machine, "guest-file-close", "{\"handle\":" + handle + "}");
        return new String(Base64.getMimeDecoder().decode(base64), StandardCharsets.UTF_8);
    }
}
