package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kdcloudlet.hypervisor.Adoption;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.MachineState;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.StopPolicy;

/** What a server finds of an earlier one. */
@ExtendWith(SharedLab.class)
class AdoptMachinesTest {
    private final QemuLab lab;

    AdoptMachinesTest(QemuLab lab) {
        this.lab = lab;
    }

    @Test
    void aMachineOutlivesItsServerAndIsTakenOver() throws Exception {
        Machine before = lab.readyClone();
        lab.letGo();
        assertThat(before.exit().toCompletableFuture()).isNotDone();

        Adoption adoption = lab.reopen();

        assertThat(adoption.lost()).isEmpty();
        Machine after = only(adoption.running(), before.id());
        assertThat(after.request()).isEqualTo(before.request());
        assertThat(after.forwards()).isEqualTo(before.forwards());
        assertThat(after.state()).isEqualTo(MachineState.RUNNING);
        assertThat(lab.inspect(after).path("host").asText())
                .isEqualTo(before.request().hostName());
        after.pause();
        after.resume();
        after.stop(StopPolicy.KILL);
        assertThat(after.exit().toCompletableFuture().get().expected()).isTrue();
    }

    @Test
    void aMachineOutlivesTheKillOfItsServer() throws Exception {
        lab.template();
        lab.letGo();
        Process server = ServerToKill.start(lab.folder());
        UUID id;
        try (BufferedReader output = server.inputReader(StandardCharsets.UTF_8)) {
            id = UUID.fromString(output.readLine());
        } finally {
            server.destroyForcibly().waitFor();
        }

        Adoption adoption = lab.reopen();

        Machine after = only(adoption.running(), id);
        assertThat(lab.inspect(after).path("host").asText())
                .isEqualTo(after.request().hostName());
        after.stop(StopPolicy.KILL);
    }

    @Test
    void aMachineThatEndedMeanwhileIsLostWithItsLog() throws Exception {
        Machine before = lab.readyClone();
        Files.writeString(lab.machineFolder(before.id()).processLog(), "last words\n");
        ProcessHandle process = lab.process(before);
        lab.letGo();
        process.destroyForcibly();
        process.onExit().get(1, TimeUnit.MINUTES);

        Adoption adoption = lab.reopen();

        assertThat(adoption.running()).isEmpty();
        assertThat(adoption.lost()).hasSize(1);
        assertThat(adoption.lost().get(0).request()).isEqualTo(before.request());
        assertThat(adoption.lost().get(0).exit().log()).contains("last words");
        assertThat(lab.machineFolder(before.id()).path()).doesNotExist();
    }

    @Test
    void whatWasNotFinishedIsEndedAndRemoved() throws Exception {
        UUID id = UUID.randomUUID();
        MachineFolder unfinished = lab.machineFolder(id);
        Files.createDirectories(unfinished.run());
        Process stray = idleQemu(unfinished, id);
        lab.letGo();

        Adoption adoption = lab.reopen();

        assertThat(adoption.running()).isEmpty();
        assertThat(adoption.lost()).isEmpty();
        assertThat(stray.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(unfinished.path()).doesNotExist();
    }

    @Test
    void onlyQemuIsEndedInAMachinesFolder() throws Exception {
        MachineFolder unfinished = lab.machineFolder(UUID.randomUUID());
        Files.createDirectories(unfinished.run());
        Process operator = new ProcessBuilder("/usr/bin/sleep", "600")
                .directory(unfinished.run().toFile())
                .start();
        try {
            lab.letGo();
            lab.reopen();
            assertThat(unfinished.path()).doesNotExist();
            assertThat(operator.isAlive()).isTrue();
        } finally {
            operator.destroyForcibly().waitFor();
        }
    }

    @Test
    void aQemuThatSaysNothingOrNonsenseDoesNotKeepOthersFromBeingTakenOver() throws Exception {
        Machine good = lab.readyClone();
        List<Process> bad = new ArrayList<>();
        try (Reverter sockets = new Reverter()) {
            for (int i = 0; i < 6; i++) {
                MachineRequest request = QemuLab.request();
                MachineFolder folder = lab.machineFolder(request.id());
                folder.create(Optional.empty());
                folder.write(MachineRecord.running(
                        request, Optional.empty(), false, Optional.empty(), GuestTools.NONE, Disks.on(lab.image())));
                bad.add(idleQemu(folder, request.id()));
                sockets.add("close", speaker(folder, i % 2 == 0 ? "" : "nonsense\n{]\n")::close);
            }
            lab.letGo();

            Adoption adoption = lab.reopen();

            only(adoption.running(), good.id()).stop(StopPolicy.KILL);
            assertThat(adoption.lost()).hasSize(bad.size());
            for (Process process : bad) {
                assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            }
        }
    }

    /** A QEMU without a machine, started as if it were that of a machine. */
    private static Process idleQemu(MachineFolder folder, UUID id) throws IOException {
        Path program = QemuLab.platform().installation().system();
        return new ProcessBuilder(program.toString(), "-M", "none", "-nodefaults", "-display", "none", "-uuid", "" + id)
                .directory(folder.run().toFile())
                .start();
    }

    /** Says something to whoever connects to QMP, and then no more. */
    private static ServerSocketChannel speaker(MachineFolder folder, String words) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(folder.run(MachineFolder.QMP)));
        Thread speaker = new Thread(() -> {
            try {
                SocketChannel client = server.accept();
                client.write(ByteBuffer.wrap(words.getBytes(StandardCharsets.UTF_8)));
                client.read(ByteBuffer.allocate(1 << 16));
            } catch (IOException e) {
                // the test is over
            }
        });
        speaker.setDaemon(true);
        speaker.start();
        return server;
    }

    @Test
    void aRecordOfAnUnknownVersionIsLeftAlone() throws IOException {
        MachineFolder strange = lab.machineFolder(UUID.randomUUID());
        Files.createDirectories(strange.run());
        Files.writeString(strange.path().resolve("machine.json"), "{\"version\": 999}");
        lab.letGo();
        lab.reopen();
        assertThat(strange.path()).isDirectory();
        strange.remove();
    }

    @Test
    void twoHypervisorsOnOneFolderAreRefused() {
        HypervisorException refused = catchThrowableOfType(HypervisorException.class, () -> QemuLab.open(lab.folder()));
        assertThat(refused.error()).isEqualTo(HypervisorError.WRONG_STATE);
        assertThat(refused).hasMessageContaining("Another server uses the folder");
    }

    @Test
    void aQemuThatDiesIsNoticedAndItsLogKept() throws Exception {
        Machine machine = lab.readyClone();
        Files.writeString(lab.machineFolder(machine.id()).processLog(), "last words\n");
        lab.process(machine).destroyForcibly();

        MachineExit exit = machine.exit().toCompletableFuture().get(1, TimeUnit.MINUTES);

        assertThat(exit.expected()).isFalse();
        assertThat(exit.reason()).isEqualTo("QEMU was killed by signal 9");
        assertThat(exit.log()).contains("last words");
        assertThat(machine.log()).isEqualTo(exit.log());
        assertThat(machine.state()).isEqualTo(MachineState.ENDED);
        assertThat(lab.machineFolder(machine.id()).path()).doesNotExist();
        assertThat(catchThrowableOfType(HypervisorException.class, machine::pause)
                        .error())
                .isEqualTo(HypervisorError.WRONG_STATE);
    }

    private static Machine only(List<Machine> machines, UUID id) {
        assertThat(machines).hasSize(1);
        assertThat(machines.get(0).id()).isEqualTo(id);
        return machines.get(0);
    }
}
